import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { transfer } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { proposeMapping } from '../src/plan/propose.ts';

it('asks of values that cannot be carried, as they are too large, whether they stay behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-large-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const source = join(folder, 'app.db');
  const db = new Database(source);
  db.exec(
    `CREATE TABLE doc (id INTEGER PRIMARY KEY, body JSON, note TEXT); INSERT INTO doc VALUES (7, '"' || printf('%.*c', 2000, 'x') || '"', 'n')`,
  );
  db.close();
  const database = await testDatabase();
  onTestFinished(() => database.drop());
  const connect = async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    return client;
  };
  const client = await connect();
  await client.query('CREATE TABLE doc (id int PRIMARY KEY, body jsonb, note text)');
  await client.end();
  // As if the driver read no larger value.
  const endpoints = { source, connect, mapping: {}, maxRead: 1_000 };
  const { questions } = await proposeMapping(endpoints);
  expect(questions).toMatchObject({
    'doc.body': { question: expect.stringContaining('(2002 bytes, id=7: jsonb holds no such value)') },
  });
  const mapping = questions['doc.body']?.candidates['leave-behind']?.decides as typeof endpoints.mapping;
  expect((await proposeMapping({ ...endpoints, mapping })).questions).toEqual({});
  expect((await transfer({ ...endpoints, mapping })).verification).toMatchObject({ equal: true });
});
