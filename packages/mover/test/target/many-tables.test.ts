import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePostgresUrl } from '@vatevo/connection';
import { startLocalPostgres } from '@vatevo/local-postgres';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { databaseFailure } from '../../src/target/database-failure.ts';
import { call } from '../prisma/support/call.ts';

it('names the setting where the server has no room for the locks of so many tables', async () => {
  const url = await testServerUrl();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // As the server says it, whose lock table is shared by all tests.
    const refusal: unknown = await client
      .query(
        `DO $$ BEGIN RAISE 'out of shared memory' USING ERRCODE = '53200', HINT = 'You might need to increase "max_locks_per_transaction".'; END $$`,
      )
      .catch((error: unknown) => error);
    expect(databaseFailure(refusal, parsePostgresUrl(url))).toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('(max_locks_per_transaction)'),
    });
  } finally {
    await client.end();
  }
});

it('creates no table where the server has no room for the locks of a transfer', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-many-tables-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const db = new Database(join(folder, 'app.db'));
  for (let i = 0; i < 40; i++) {
    db.exec(
      `CREATE TABLE t${i} (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL UNIQUE, of INTEGER REFERENCES t0)`,
    );
  }
  db.close();
  const server = await startLocalPostgres({ settings: { max_connections: '20', max_worker_processes: '0' } });
  onTestFinished(() => server.dispose());
  const query = async (sql: string) => {
    const client = new pg.Client({ connectionString: server.url() });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows;
  };
  const set = async (statement: string) => {
    await query(statement);
    await server.stop();
    await server.start();
  };
  const create = ['transfer', '--source', 'app.db', '--create-tables', '--jobs', '1'];
  const env = { INIT_CWD: folder, POSTGRES_URL: server.url() };
  await set('ALTER SYSTEM SET max_locks_per_transaction = 10');
  const refused = await call(create, env);
  expect(refused, refused.stderr).toMatchObject({ code: 4 });
  expect(refused.stderr).toContain('and 40 tables with their indexes and keys take up to');
  expect(
    await query(`SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname IN ('public', 'vatevo_transfer')`),
  ).toEqual([]);
  const [recommended = ''] = /ALTER SYSTEM SET max_locks_per_transaction = \d+/.exec(refused.stderr) ?? [];
  await set(recommended);
  const moved = await call(create, { ...env, POSTGRES_URL: server.url() });
  expect(moved, moved.stderr).toMatchObject({ code: 0 });
});
