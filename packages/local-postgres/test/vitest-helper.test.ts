import { expect, it } from 'vitest';
import { preparedDatabase, testDatabase, testServerUrl } from '../src/vitest.ts';
import { ask } from './helpers.ts';

it('gives each test a database of its own on a shared server', async () => {
  const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
  await ask(one.url, 'CREATE TABLE t (n int)');
  await expect(ask(two.url, 'SELECT * FROM t')).rejects.toMatchObject({ code: '42P01' });
  await Promise.all([one.drop(), two.drop()]);
  await expect(ask(one.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  expect(await ask(await testServerUrl(), 'SELECT current_database() AS name')).toEqual({ name: 'postgres' });
});

it('prepares once what many are to be like', async () => {
  let times = 0;
  const prepare = async (url: string) => {
    times++;
    await ask(url, 'CREATE TABLE t AS SELECT 1 AS n');
  };
  const [one, two] = await Promise.all([
    preparedDatabase('counted', prepare),
    preparedDatabase('counted', prepare),
  ]);
  expect(times).toBe(1);
  await ask(one.url, 'UPDATE t SET n = 2');
  expect(await ask(two.url, 'SELECT n FROM t')).toEqual({ n: 1 });
  await Promise.all([one.drop(), two.drop()]);
});
