import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { CREATE_SQLITE_HISTORY } from '@vatevo/connection';
import Database from 'better-sqlite3';
import { recordsIn } from '../applied.ts';
import { MigrationError } from '../error.ts';
import type { MigrationFile } from '../folder.ts';
import { refuseHistory } from '../refuse-history.ts';
import { sqliteFailed } from '../sqlite-failed.ts';
import { compareHistory } from '../status.ts';
import { type SqliteStatement, statementsOf } from './statements.ts';
import { SurvivalWatch } from './survival.ts';

/**
 * Applies to a SQLite file the migrations that it lacks; creates the file when it is not there.
 *
 * Each migration is one transaction together with its line in the history: whatever ends this process, the file
 * is as it was before it or as it is behind it. Foreign keys are not enforced meanwhile, as a table that is made
 * anew is away for a moment, but they are checked before the commit; so is that nothing is lost which the
 * migration does not say that it takes away, since the file may hold what its maker knew nothing of.
 *
 * @param upTo the last migration to apply; all when omitted
 * @returns the names of the migrations applied
 * @throws MigrationError when the history, or a statement, is refused; the file is then as it was before that migration
 * @throws ConnectionError when the file cannot be used, or another process holds it for longer than `busyTimeoutMs`
 */
export function applyToSqlite(
  file: string,
  migrations: readonly MigrationFile[],
  busyTimeoutMs: number,
  upTo?: string,
): readonly string[] {
  let database: Database.Database | undefined;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    database = new Database(file, { timeout: Math.min(busyTimeoutMs, 2 ** 31 - 1) });
    // Neither can be changed inside a transaction.
    database.pragma('foreign_keys = OFF');
    database.pragma('synchronous = FULL');
    refuseStranger(database, file);
    const applied: string[] = [];
    for (const migration of migrations) {
      if (upTo !== undefined && migration.name > upTo) break;
      if (applyOne(database, file, migration, migrations)) applied.push(migration.name);
    }
    return applied;
  } catch (error) {
    throw sqliteFailed(error, file);
  } finally {
    database?.close();
  }
}

/** A file with tables and without a history is somebody else's, or has to be taken over on purpose. */
function refuseStranger(database: Database.Database, file: string): void {
  const tables = database
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .pluck()
    .all() as string[];
  if (tables.length === 0 || tables.includes('_prisma_migrations')) return;
  throw new MigrationError(
    'refused',
    [],
    `The SQLite file ${file} has tables (${tables.slice(0, 3).join(', ')}${tables.length > 3 ? ' …' : ''}) and no history of migrations: name another file in DATABASE_URL, or say which migrations it has with pnpm prisma migrate resolve --applied NAME.`,
  );
}

/** @returns false when another process has applied it meanwhile */
function applyOne(
  database: Database.Database,
  file: string,
  { name, script, checksum }: MigrationFile,
  migrations: readonly MigrationFile[],
): boolean {
  database.exec('BEGIN IMMEDIATE');
  try {
    const status = compareHistory(migrations, recordsIn(database));
    refuseHistory(status);
    if (!status.pending.includes(name)) {
      database.exec('ROLLBACK');
      return false;
    }
    const startedAt = Date.now();
    const statements = statementsOf(script);
    // Many change PostgreSQL alone: without a statement nothing gets lost, and a large file need not be read for it.
    if (statements.length > 0) runStatements(database, file, name, statements);
    database.exec(CREATE_SQLITE_HISTORY);
    database
      .prepare(
        `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
         VALUES (?, ?, ?, ?, ?, 1)`,
      )
      .run(randomUUID(), checksum, Date.now(), name, startedAt);
    database.exec('COMMIT');
    return true;
  } catch (error) {
    // SQLite has rolled some errors back itself, such as a disk that is full.
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function runStatements(
  database: Database.Database,
  file: string,
  name: string,
  statements: readonly SqliteStatement[],
): void {
  const orphansBefore = countOrphans(database);
  const watch = new SurvivalWatch(database, { compareValues: false });
  for (const statement of statements) {
    if (statement.deed.kind === 'transaction') {
      throw refused(name, file, `line ${statement.line} would end the transaction that the migration is`);
    }
    try {
      watch.run(statement);
    } catch (error) {
      if (!(error instanceof Database.SqliteError) || error.code.startsWith('SQLITE_BUSY')) throw error;
      throw refused(name, file, `${error.message} (line ${statement.line})`, error);
    }
  }
  const losses = watch.losses();
  if (losses.length > 0) {
    throw refused(
      name,
      file,
      `this file would lose ${losses.map(({ what }) => what).join('; ')}. It may have them from a migration that ${name} was made without, or from elsewhere: make ${name} anew behind that (docs/migrations.md)`,
    );
  }
  const [orphan] = [...countOrphans(database)].filter(
    ([key, count]) => count > (orphansBefore.get(key) ?? 0),
  );
  if (orphan) throw refused(name, file, `rows of ${orphan[0]} would be left that are not there`);
}

function refused(name: string, file: string, why: string, cause?: unknown): MigrationError {
  return new MigrationError(
    'refused',
    [name],
    `Migration ${name} was not applied: ${why}. Nothing of it is in ${file}: fix the cause, and run this again.`,
    { cause },
  );
}

/** Rows that refer to rows which are not there, by what refers to what. */
function countOrphans(database: Database.Database): Map<string, number> {
  const counts = new Map<string, number>();
  const orphans = database.pragma('foreign_key_check') as { table: string; parent: string }[];
  for (const { table, parent } of orphans) {
    const key = `${parent} to which ${table} refers`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
