import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import pg from 'pg';
import { processorMs } from '../processor-time.ts';
import { root } from '../root.ts';
import { runProgram } from './run-program.ts';

/**
 * The same for every loader: no vacuum in the middle of somebody's run, and a log whose files are used again,
 * as on a server that has been running for a while: new ones would all be written twice.
 */
const SETTINGS = {
  shared_buffers: '256MB',
  max_wal_size: '1GB',
  min_wal_size: '1GB',
  checkpoint_timeout: '30min',
  autovacuum: 'off',
};

export const opsCommand: string = join(root, 'ops/bin/vatevo-ops.mjs');

/** A PostgreSQL server of its own, the source, and a folder for what loaders need on the way. */
export class Testbed {
  readonly source: string;
  readonly folder: string;
  readonly server: LocalPostgres;

  private constructor(source: string, folder: string, server: LocalPostgres) {
    this.source = source;
    this.folder = folder;
    this.server = server;
  }

  /** @param programs the folder of an installed PostgreSQL's; npm's when left out */
  static async open(source: string, programs?: string): Promise<Testbed> {
    // Nobody's time is to be that of the disk, only because it came first.
    for await (const _ of createReadStream(source, { highWaterMark: 1 << 20 }));
    const folder = await mkdtemp(join(tmpdir(), 'vatevo-bench-'));
    const server = await startLocalPostgres({
      settings: SETTINGS,
      ...(programs !== undefined && { programs }),
    });
    return new Testbed(source, folder, server);
  }

  async close(): Promise<void> {
    await this.server.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Does work, and counts the server's processor seconds for it; undefined where they cannot be read. */
  async countingServer<T>(work: () => Promise<T>): Promise<{ done: T; serverSeconds: number | undefined }> {
    const before = processorMs(this.server.pid);
    const done = await work();
    const taken = (processorMs(this.server.pid) - before) / 1000;
    return { done, serverSeconds: before === 0 ? undefined : taken };
  }

  /** Runs work on a new, empty database, and drops it. */
  async withDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
    const url = await this.server.createDatabase();
    try {
      return await work(url);
    } finally {
      await this.server.dropDatabase(new URL(url).pathname.slice(1));
    }
  }

  /** The same with our migrations applied: real indexes, constraints and foreign keys. */
  async withMigrated<T>(work: (url: string) => Promise<T>): Promise<T> {
    return this.withDatabase(async (url) => {
      await runProgram(process.execPath, [opsCommand, 'prepare-postgres'], postgresUrl(url));
      return work(url);
    });
  }

  /** The same columns and types with neither indexes nor constraints: the least work that a load can be. */
  async withBareTables<T>(work: (url: string) => Promise<T>): Promise<T> {
    return this.withMigrated(async (url) => {
      await withClient(url, (client) => client.query(STRIP));
      return work(url);
    });
  }
}

const STRIP = `
  DO $$
  DECLARE one record;
  BEGIN
    FOR one IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c')
      ORDER BY contype <> 'f' LOOP
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.owner, one.conname);
    END LOOP;
    FOR one IN SELECT indexrelid::regclass AS name FROM pg_index JOIN pg_class c ON c.oid = indrelid
      WHERE c.relnamespace = 'public'::regnamespace LOOP
      EXECUTE format('DROP INDEX %s', one.name);
    END LOOP;
  END $$`;

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** How our own commands are told of the database. */
export function postgresUrl(url: string): NodeJS.ProcessEnv {
  return { POSTGRES_URL: url, DB_SSL_MODE: 'disable' };
}

/** How libpq's programs are told of it: by environment, where the process list does not show the password. */
export function libpqEnvironment(url: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
    PGOPTIONS: '-c synchronous_commit=off',
  };
}
