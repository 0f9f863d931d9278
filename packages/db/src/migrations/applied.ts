import { existsSync } from 'node:fs';
import {
  type PgClient,
  type PostgresTarget,
  type SqliteTarget,
  toConnectionError,
  withConnection,
} from '@vatevo/connection';
import type Database from 'better-sqlite3';
import { BUSY_TIMEOUT_MS, readFile } from '../sqlite/read-file.ts';
import { sqliteFailed } from './sqlite-failed.ts';

/** A row of `_prisma_migrations`: one try at one migration. */
export interface MigrationRecord {
  readonly name: string;
  readonly checksum: string;
  readonly startedAt: Date;
  /** Null: it is at work, or ended half-way. */
  readonly finishedAt: Date | null;
  /** Set: this try does not count. */
  readonly rolledBackAt: Date | null;
  /** What the database said when it failed. */
  readonly logs: string | null;
}

/**
 * Reads what a database says of its migrations, oldest first; of one that never
 * saw a migration, and of a SQLite file that is not there, nothing.
 *
 * @throws ConnectionError
 */
export function readMigrationRecords(target: PostgresTarget | SqliteTarget): Promise<MigrationRecord[]> {
  return target.kind === 'postgres' ? readFromPostgres(target) : readFromSqlite(target.file);
}

function readFromPostgres(target: PostgresTarget): Promise<MigrationRecord[]> {
  return withConnection(target, (client) =>
    queryRecords(client).catch((error: unknown) => {
      throw toConnectionError(error, target);
    }),
  );
}

/** The records, through a connection that is open. */
export async function queryRecords(client: PgClient): Promise<MigrationRecord[]> {
  const { rows: tables } = await client.query(
    "SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = '_prisma_migrations'",
  );
  if (tables.length === 0) return [];
  const { rows } = await client.query<MigrationRecord>(`
    SELECT migration_name AS name, checksum, started_at AS "startedAt", finished_at AS "finishedAt",
      rolled_back_at AS "rolledBackAt", logs
    FROM public._prisma_migrations ORDER BY started_at, migration_name`);
  return rows;
}

async function readFromSqlite(file: string): Promise<MigrationRecord[]> {
  if (!existsSync(file)) return [];
  try {
    return readFile(file, BUSY_TIMEOUT_MS, recordsIn);
  } catch (error) {
    throw sqliteFailed(error, file);
  }
}

/** The records in a SQLite file that is open. */
export function recordsIn(database: Database.Database): MigrationRecord[] {
  const table = database.prepare(
    `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'`,
  );
  if (table.get() === undefined) return [];
  const rows = database
    .prepare(
      `SELECT migration_name AS name, checksum, started_at AS startedAt, finished_at AS finishedAt,
         rolled_back_at AS rolledBackAt, logs
       FROM _prisma_migrations ORDER BY started_at, migration_name`,
    )
    .all() as (Omit<MigrationRecord, 'startedAt'> &
    Record<'startedAt' | 'finishedAt' | 'rolledBackAt', unknown>)[];
  return rows.map((row) => ({
    ...row,
    startedAt: toDate(row.startedAt) as Date,
    finishedAt: toDate(row.finishedAt),
    rolledBackAt: toDate(row.rolledBackAt),
  }));
}

/** Prisma writes milliseconds; SQLite's own default writes UTC without saying so. */
function toDate(value: unknown): Date | null {
  if (value === null) return null;
  return typeof value === 'number' ? new Date(value) : new Date(`${value}Z`);
}
