import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { type Endpoints, ReaderThreads, type TransferMapping } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import pg from 'pg';

/** One test after the other reads with them. */
const threads = new ReaderThreads();

/** A SQLite file and a PostgreSQL database of one test. */
export interface Pair {
  readonly file: string;
  readonly endpoints: Endpoints;
  /** Of the PostgreSQL database. */
  readonly url: string;
  /** Runs statements on the SQLite file, each connection short. */
  sqlite(sql: string): void;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

export async function makePair(
  sqliteSql: string,
  postgresSql: string,
  mapping: TransferMapping = {},
): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-transfer-'));
  const file = join(folder, 'source.db');
  const sqlite = (sql: string) => {
    const db = new Database(file);
    db.exec(sql);
    db.close();
  };
  sqlite(sqliteSql);
  const database = await testDatabase();
  const connect = async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(`SET TIME ZONE 'UTC'`);
    return client;
  };
  const client = await connect();
  client.on('error', () => undefined);
  await client.query(postgresSql);
  return {
    file,
    endpoints: { source: file, connect, mapping, threads },
    url: database.url,
    sqlite,
    query: async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
      (await client.query<Row>(sql, values)).rows,
    drop: async () => {
      await client.end();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
