import { expect, it } from 'vitest';
import { testDatabase, testServerUrl } from '../src/vitest.ts';
import { ask } from './helpers.ts';

it('gives each test a database of its own on a shared server', async () => {
  const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
  await ask(one.url, 'CREATE TABLE t (n int)');
  await expect(ask(two.url, 'SELECT * FROM t')).rejects.toMatchObject({ code: '42P01' });
  await Promise.all([one.drop(), two.drop()]);
  await expect(ask(one.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  expect(await ask(await testServerUrl(), 'SELECT current_database() AS name')).toEqual({ name: 'postgres' });
});
