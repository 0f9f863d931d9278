import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import { findUnfinishedTransfer } from '@vatevo/mover/target';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { vatevo } from '../../src/vatevo.ts';
import { sql, variant, withClient } from '../support/sql.ts';

let database: TestDatabase;
const role = `reader_${process.pid}`;

beforeAll(async () => {
  database = await testDatabase();
  await sql(database.url, `CREATE ROLE ${role} LOGIN PASSWORD 'pw'`);
});
afterAll(async () => {
  await sql(database.url, `DROP ROLE ${role}`);
  await database.drop();
});

const check = (url = database.url) => withClient(url, (client) => findUnfinishedTransfer(client, vatevo));

it('accepts a database that no transfer ever touched, and one whose transfer is complete', async () => {
  expect(await check()).toBeUndefined();
  await sql(
    database.url,
    'CREATE SCHEMA vatevo_transfer',
    'CREATE TABLE vatevo_transfer.run (id int, state text, source_name text)',
    "INSERT INTO vatevo_transfer.run VALUES (1, 'complete', 'old.db')",
  );
  expect(await check()).toBeUndefined();
});

it('refuses an unfinished one, naming its state and source', async () => {
  await sql(database.url, "INSERT INTO vatevo_transfer.run VALUES (2, 'copying', 'legacy.db')");
  expect(await check()).toMatchObject({
    exitCode: 4,
    message: expect.stringMatching(/from legacy\.db .*unfinished \(state "copying"\)/),
  });
});

it('refuses a ledger that it may not read rather than guess', async () => {
  expect(await check(variant(database.url, { user: role, password: 'pw' }))).toMatchObject({
    exitCode: 4,
    message: expect.stringContaining('may not read'),
  });
});
