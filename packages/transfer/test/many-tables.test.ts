import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalPostgres } from '@vatevo/local-postgres';
import { inspectSource, ReaderThreads, transfer } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';

const TABLES = Array.from({ length: 200 }, (_, i) => `CREATE TABLE t${i} (id integer PRIMARY KEY)`);

it('is told what the server has no room to lock, and what is recommended makes room', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-many-tables-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const source = join(folder, 'source.db');
  const db = new Database(source);
  db.exec(TABLES.join(';'));
  db.close();
  const server = await startLocalPostgres({
    settings: {
      ...{ max_connections: '10', max_worker_processes: '0', max_wal_senders: '0' },
      ...{ autovacuum_worker_slots: '1', max_parallel_workers: '0', max_logical_replication_workers: '0' },
    },
  });
  onTestFinished(() => server.dispose());
  const connect = async () => {
    const client = new pg.Client({ connectionString: server.url() });
    await client.connect();
    return client;
  };
  const set = async (statement: string) => {
    const client = await connect();
    await client.query(statement);
    await client.end();
    await server.stop();
    await server.start();
  };
  await set('ALTER SYSTEM SET max_locks_per_transaction = 10');
  const client = await connect();
  for (const table of TABLES) await client.query(table);
  await client.end();
  const endpoints = { source, connect, mapping: {}, threads: new ReaderThreads() };
  const refusal: Error = await inspectSource(endpoints).then(
    () => Promise.reject(new Error('it passed')),
    (error) => error,
  );
  expect(refusal).toMatchObject({ kind: 'target-unfit' });
  expect(refusal.message).toContain('room for the locks of 130 tables and indexes, and these are 400');
  const [recommended = ''] = /ALTER SYSTEM SET max_locks_per_transaction = \d+/.exec(refusal.message) ?? [];
  await set(recommended);
  expect((await inspectSource(endpoints)).refusedValues).toBe(0);
  await transfer(endpoints);
});
