import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresTarget, SqliteTarget } from '@vatevo/connection';
import { type SchemaEngine, SchemaEngineError } from '@vatevo/schema-engine';
import { type MigrationRecord, readMigrationRecords } from './applied.ts';
import { MigrationError } from './error.ts';
import { type MigrationFile, prismaFiles, readMigrationFiles } from './folder.ts';
import { isAtomic } from './is-atomic.ts';
import { refuseHistory } from './refuse-history.ts';
import { compareHistory } from './status.ts';
import { inTurn } from './turn.ts';
import { withEngine } from './with-engine.ts';

export interface DeployOptions {
  /**
   * Milliseconds that a statement may wait for a lock, 2000 when omitted. While
   * it waits, everything that wants the table after it waits too, so it gives
   * up and tries again later.
   */
  readonly lockTimeoutMs?: number;
  /** Milliseconds after which to give up on locks altogether, 120000 when omitted. */
  readonly giveUpAfterMs?: number;
  /** Told in a sentence what is going on. */
  readonly onStep?: (text: string) => void;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

/** lock_not_available (a lock_timeout) and deadlock_detected: somebody else was in the way. */
const IN_THE_WAY = new Set(['55P03', '40P01']);

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Applies the migrations of this release that a database lacks.
 *
 * 1. Of two runs at a time one waits for the other.
 * 2. A history that this release cannot carry on is refused before anything is touched.
 * 3. Migrations are applied one by one, in a session with a lock_timeout.
 * 4. A migration that could not get its locks was rolled back by PostgreSQL as a
 *    whole. It is marked so, and tried again after a pause that doubles each time.
 *
 * A SQLite file that does not exist is created.
 *
 * @throws MigrationError when the history is refused, the database refuses a
 *   statement, or locks could not be had in time
 * @throws ConnectionError
 *
 * @example
 * const { applied } = await deployMigrations(config.database, { onStep: console.log });
 */
export async function deployMigrations(
  target: PostgresTarget | SqliteTarget,
  { lockTimeoutMs = 2_000, giveUpAfterMs = 120_000, onStep = () => undefined }: DeployOptions = {},
): Promise<{ applied: readonly string[] }> {
  const run = { target, lockTimeoutMs, giveUpAfterMs, onStep };
  if (target.kind === 'sqlite') return { applied: await deploy(run) };
  const onWait = () => onStep('waiting for another run that is applying migrations');
  return { applied: await inTurn(target, giveUpAfterMs, onWait, () => deploy(run)) };
}

interface Run extends Required<DeployOptions> {
  readonly target: PostgresTarget | SqliteTarget;
}

/** @returns the names of the migrations applied */
async function deploy({ target, lockTimeoutMs, giveUpAfterMs, onStep }: Run): Promise<readonly string[]> {
  const folder = prismaFiles(target.kind).migrations;
  const files = await readMigrationFiles(folder);
  await releaseLockedOut(target, files, await readMigrationRecords(target));
  const before = compareHistory(files, await readMigrationRecords(target));
  refuseHistory(before);
  if (before.pending.length === 0) return [];

  const session = target.kind === 'postgres' ? { lock_timeout: `${lockTimeoutMs}ms` } : undefined;
  const deadline = Date.now() + giveUpAfterMs;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const refused = await withEngine(
      target,
      async (engine) => {
        if (target.kind === 'sqlite') await engine.createDatabase();
        return apply(engine, folder, files);
      },
      session,
    );
    if (!refused) break;
    const what = refused.migration ? `migration ${refused.migration}` : 'another run of the migrations';
    if (Date.now() + pause > deadline) {
      throw new MigrationError(
        'locked',
        before.pending,
        `The locks for ${what} could not be had within ${Math.round(giveUpAfterMs / 1000)} s, so it was left: see pg_stat_activity for long transactions on its tables, end them or wait, and run this again.`,
        { cause: refused },
      );
    }
    onStep(`waiting for locks: ${what} was rolled back, next try in ${(pause / 1000).toFixed(1)} s`);
    // Spread, so that two waiting runs do not go on meeting each other.
    await sleep(pause * (0.75 + Math.random() / 2));
  }
  const after = compareHistory(files, await readMigrationRecords(target));
  return after.applied.filter((name) => before.pending.includes(name));
}

/** Resolves to the error when locks were in the way and another try can succeed. */
async function apply(
  engine: SchemaEngine,
  folder: string,
  files: readonly MigrationFile[],
): Promise<SchemaEngineError | undefined> {
  try {
    await engine.applyMigrations(folder);
    return undefined;
  } catch (error) {
    if (!(error instanceof SchemaEngineError)) throw error;
    const { migration, databaseCode = '' } = error;
    if (migration === undefined) {
      if (IN_THE_WAY.has(databaseCode)) return error;
      throw databaseCode === INSUFFICIENT_PRIVILEGE ? notAllowed(files, error) : error;
    }
    const script = files.find(({ name }) => name === migration)?.script ?? '';
    if (!IN_THE_WAY.has(databaseCode) || !isAtomic(script)) throw refused(migration, error);
    await engine.markMigrationRolledBack(migration);
    return error;
  }
}

function notAllowed(files: readonly MigrationFile[], cause: SchemaEngineError): MigrationError {
  return new MigrationError(
    'refused',
    files.map(({ name }) => name),
    `This role may not apply migrations (${cause.message.replace(/^ERROR: /, '')}): pnpm ops:check-connection prints the GRANT that it needs.`,
    { cause },
  );
}

function refused(migration: string, cause: SchemaEngineError): MigrationError {
  const said = cause.message.split('Database error:\n').at(-1)?.trim() ?? cause.message;
  return new MigrationError(
    'refused',
    [migration],
    `The database refused migration ${migration}: ${said}. Mend the cause, then say how it stands with pnpm prisma migrate resolve --rolled-back ${migration} (or --applied), and run this again.`,
    { cause },
  );
}

/**
 * A run that was killed between PostgreSQL's refusal and marking it leaves a
 * migration as failed that was rolled back for certain.
 */
async function releaseLockedOut(
  target: PostgresTarget | SqliteTarget,
  files: readonly MigrationFile[],
  records: readonly MigrationRecord[],
): Promise<void> {
  const lockedOut = records.filter(({ name, finishedAt, rolledBackAt, logs }) => {
    const script = files.find((file) => file.name === name)?.script;
    const isOpen = finishedAt === null && rolledBackAt === null;
    return isOpen && script !== undefined && isAtomic(script) && /due to lock timeout/.test(logs ?? '');
  });
  if (target.kind !== 'postgres' || lockedOut.length === 0) return;
  await withEngine(target, async (engine) => {
    for (const { name } of lockedOut) await engine.markMigrationRolledBack(name);
  });
}
