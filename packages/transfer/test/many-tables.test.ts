import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalPostgres } from '@vatevo/local-postgres';
import { inspectSource, type Progress, ReaderThreads, transfer } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { locksNeeded } from '../src/target/postgres/lock-room.ts';
import { makePair } from './support.ts';

const numbered = (many: number, table: (i: number) => string) =>
  Array.from({ length: many }, (_, i) => table(i));

/** Each with two keys and, but for the first, a foreign key. */
const linked = (i: number) =>
  `CREATE TABLE t${i} (id integer PRIMARY KEY, code text UNIQUE, parent integer${i === 0 ? '' : ` REFERENCES t${i - 1}`})`;

it('is told what the server has no room to lock, and what is recommended makes room', async () => {
  const tables = numbered(70, linked);
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-many-tables-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const source = join(folder, 'source.db');
  const db = new Database(source);
  db.exec(tables.join(';'));
  db.close();
  const server = await startLocalPostgres({
    settings: {
      ...{ max_connections: '20', max_worker_processes: '0', max_wal_senders: '0' },
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
  // Enough for the tables and their indexes, and not for what is dropped with their keys.
  await set('ALTER SYSTEM SET max_locks_per_transaction = 10');
  const client = await connect();
  for (const table of tables) await client.query(table);
  await client.end();
  const endpoints = { source, connect, mapping: {}, threads: new ReaderThreads() };
  const refusal: Error = await inspectSource(endpoints).then(
    () => Promise.reject(new Error('it passed')),
    (error) => error,
  );
  expect(refusal).toMatchObject({ kind: 'target-unfit' });
  expect(refusal.message).toMatch(
    /room for 230 locks, of which others hold \d+, and 70 tables with their indexes and keys take up to \d+ at once/,
  );
  const [recommended = ''] = /ALTER SYSTEM SET max_locks_per_transaction = \d+/.exec(refusal.message) ?? [];
  await set(recommended);
  expect((await inspectSource(endpoints)).refusedValues).toBe(0);
  await transfer(endpoints);
});

const HELD = `
  SELECT count(DISTINCT (locktype, relation, classid, objid))::int AS held FROM pg_locks WHERE pid = pg_backend_pid() AND NOT fastpath`;

it('knows how many locks a transfer holds at its peak, one that is taken back, and tables that are dropped', async () => {
  const pair = await makePair(
    `${numbered(8, linked).join(';')}; CREATE TABLE part (id integer PRIMARY KEY, owner integer REFERENCES t0)`,
    `${numbered(8, (i) => `${linked(i)}; CREATE INDEX ON t${i} (parent); ALTER TABLE t${i} ALTER id ADD GENERATED ALWAYS AS IDENTITY, ADD CHECK (code <> 'x')`).join(';')};
     CREATE TABLE outside (t integer REFERENCES t0);
     CREATE TABLE part (id integer, owner integer REFERENCES t0, PRIMARY KEY (id)) PARTITION BY RANGE (id);
     ${numbered(5, (i) => `CREATE TABLE part${i} PARTITION OF part FOR VALUES FROM (${i}) TO (${i + 1})`).join(';')}`,
  );
  onTestFinished(() => pair.drop());
  let peak = 0;
  const connect = async () => {
    const client = await pair.endpoints.connect();
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<{ rows: { held: number }[] }>;
    const watched = async (end: string) => {
      // Of a transaction that failed nothing can be asked.
      const { rows } = await query(HELD).catch(() => ({ rows: [] }));
      peak = Math.max(peak, rows[0]?.held ?? 0);
      return query(end);
    };
    const isEnd = (text: unknown) => text === 'COMMIT' || text === 'ROLLBACK';
    const watching = (...args: unknown[]) => (isEnd(args[0]) ? watched(String(args[0])) : query(...args));
    return Object.assign(client, { query: watching });
  };
  const endpoints = { ...pair.endpoints, connect };
  const client = await pair.endpoints.connect();
  onTestFinished(() => client.end());
  const names = [...numbered(8, (i) => `t${i}`), 'part'].map((name) => ({ schema: 'public', name }));
  const needed = await locksNeeded(client, names);
  const stopped = new Error('stopped');
  const onProgress = ({ stage }: Progress) => {
    if (stage === 'copy') throw stopped;
  };
  await expect(transfer({ ...endpoints, onProgress })).rejects.toBe(stopped);
  expect(peak).toBeLessThanOrEqual(needed);
  expect(peak).toBeGreaterThan(needed - 150);
  await transfer({ ...endpoints, discardUnfinished: true });
  expect(peak).toBeLessThanOrEqual(needed);
  const toDrop = await locksNeeded(client, names, true);
  await client.query(`BEGIN; DROP TABLE outside, ${names.map(({ name }) => name).join(', ')}`);
  const [dropped] = (await client.query<{ held: number }>(HELD)).rows;
  expect(dropped?.held).toBeLessThanOrEqual(toDrop);
  expect(dropped?.held).toBeGreaterThan(toDrop - 150);
});
