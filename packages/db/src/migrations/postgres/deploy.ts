import { setTimeout as sleep } from 'node:timers/promises';
import { isSqlState, type PostgresTarget, toConnectionError } from '@vatevo/connection';
import type { SchemaEngine } from '@vatevo/schema-engine';
import { SchemaEngineError } from '@vatevo/schema-engine/error';
import { type MigrationRecord, readMigrationRecords } from '../applied.ts';
import { dropInvalidIndex, readConcurrentIndex } from '../concurrent-index.ts';
import type { DeployOptions } from '../deploy-options.ts';
import { MigrationError } from '../error.ts';
import { type MigrationFile, prismaFiles, readMigrationFiles } from '../folder.ts';
import { isAtomic } from '../is-atomic.ts';
import { refuseHistory } from '../refuse-history.ts';
import { compareHistory } from '../status.ts';
import { inTurn } from '../turn.ts';
import { withEngine } from '../with-engine.ts';
import { refuseOnShards } from './distributed.ts';

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

/** Somebody else was in the way: for longer than the lock_timeout, or until a deadlock. */
function isInTheWay(error: unknown): boolean {
  return isSqlState(error, 'lock_not_available', 'deadlock_detected');
}

/** How long is still waited for locks: as long again whenever something was applied, since that may have taken its time. */
class Patience {
  readonly #ms: number;
  #since = Date.now();

  constructor(ms: number) {
    this.#ms = ms;
  }

  get leftMs(): number {
    return this.#since + this.#ms - Date.now();
  }

  renew(): void {
    this.#since = Date.now();
  }
}

interface Run extends Required<Omit<DeployOptions, 'upTo'>> {
  readonly target: PostgresTarget;
  readonly upTo: string | undefined;
}

/** Applies what the database lacks, when no other run does. */
export async function deployToPostgres(run: Run): Promise<readonly string[]> {
  const onWait = () => run.onStep('waiting for another run that is applying migrations');
  return inTurn(run.target, run.giveUpAfterMs, onWait, () => deploy(run));
}

/** @returns the names of the migrations applied */
async function deploy(run: Run): Promise<readonly string[]> {
  const { target, giveUpAfterMs, onStep } = run;
  const folder = prismaFiles(target.kind).migrations;
  const files = await readMigrationFiles(folder);
  const patience = new Patience(giveUpAfterMs);
  await releaseLockedOut(run, files, await readMigrationRecords(target));
  const before = compareHistory(files, await readMigrationRecords(target));
  refuseHistory(before);
  if (before.pending.length === 0) return [];
  await refuseOnShards(
    target,
    files.filter(({ name }) => before.pending.includes(name)),
  );

  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const refused = await applyPending(run, folder, files, patience);
    if (!refused) break;
    const what = refused.migration ? `migration ${refused.migration}` : 'another run of the migrations';
    if (pause > patience.leftMs) {
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
async function applyPending(
  run: Run,
  folder: string,
  files: readonly MigrationFile[],
  patience: Patience,
): Promise<SchemaEngineError | undefined> {
  const { target, lockTimeoutMs } = run;
  const { pending } = compareHistory(files, await readMigrationRecords(target));
  const wanted = files.filter(
    ({ name }) => pending.includes(name) && (run.upTo === undefined || name <= run.upTo),
  );
  for (const { last, concurrent } of inSessions(wanted)) {
    const lockTimeout = concurrent ? Math.max(lockTimeoutMs, patience.leftMs) : lockTimeoutMs;
    const refused = await withEngine(target, (engine) => apply(run, engine, folder, files, last), {
      lock_timeout: `${Math.round(lockTimeout)}ms`,
    });
    if (refused) return refused;
    patience.renew();
  }
  return undefined;
}

/** Migrations in a row that may share a session: the last of each row, and how long it may wait for a lock. */
function inSessions(
  files: readonly MigrationFile[],
): { readonly last: string; readonly concurrent: boolean }[] {
  const sessions: { last: string; concurrent: boolean }[] = [];
  for (const { name, script } of files) {
    const concurrent = readConcurrentIndex(script) !== undefined;
    const current = sessions.at(-1);
    if (current?.concurrent === concurrent) current.last = name;
    else sessions.push({ last: name, concurrent });
  }
  return sessions;
}

/** Resolves to the error when locks were in the way and another try can succeed. */
async function apply(
  run: Run,
  engine: SchemaEngine,
  folder: string,
  files: readonly MigrationFile[],
  last?: string,
): Promise<SchemaEngineError | undefined> {
  try {
    await engine.applyMigrations(folder, last);
    return undefined;
  } catch (error) {
    if (!(error instanceof SchemaEngineError)) throw error;
    const { migration } = error;
    const cause = { code: error.databaseCode };
    if (migration === undefined) {
      if (isInTheWay(cause)) return error;
      throw isSqlState(cause, 'insufficient_privilege') ? notAllowed(files, error) : error;
    }
    const script = files.find(({ name }) => name === migration)?.script ?? '';
    const canGoOn = isInTheWay(cause) && canBeRepeated(script);
    if (canGoOn || isSqlState(cause, 'unique_violation')) await clearAway(run, migration, script);
    if (!canGoOn) throw refused(migration, error);
    await engine.markMigrationRolledBack(migration);
    return error;
  }
}

/** Whether nothing of a migration is left when it could not get its locks, or nothing but what can be cleared away. */
function canBeRepeated(script: string): boolean {
  return isAtomic(script) || readConcurrentIndex(script) !== undefined;
}

/** Takes away the index that a build which failed has left half-made. */
async function clearAway({ target, lockTimeoutMs }: Run, migration: string, script: string): Promise<void> {
  const index = readConcurrentIndex(script);
  if (index?.work !== 'create') return;
  try {
    await dropInvalidIndex(target, index.name, lockTimeoutMs);
  } catch (cause) {
    if (!isInTheWay(cause)) throw toConnectionError(cause, target);
    throw new MigrationError(
      'locked',
      [migration],
      `The index ${index.name} of migration ${migration} could not be built, and what there is of it could not be dropped, because long transactions hold its table (see pg_stat_activity): end them or wait, and run this again, which does both.`,
      { cause },
    );
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
    `The database refused migration ${migration}: ${said}. Fix the cause, then say how it stands with pnpm prisma migrate resolve --rolled-back ${migration} (or --applied), and run this again.`,
    { cause },
  );
}

/**
 * A run that was killed between PostgreSQL's refusal and marking it, or could not
 * clear away what was left, leaves a migration as failed that can be repeated.
 */
async function releaseLockedOut(
  run: Run,
  files: readonly MigrationFile[],
  records: readonly MigrationRecord[],
): Promise<void> {
  const { target } = run;
  const lockedOut = records.flatMap(({ name, finishedAt, rolledBackAt, logs }) => {
    const script = files.find((file) => file.name === name)?.script;
    const isOpen = finishedAt === null && rolledBackAt === null;
    const canGoOn = script !== undefined && canBeRepeated(script) && /due to lock timeout/.test(logs ?? '');
    return isOpen && canGoOn ? [{ name, script }] : [];
  });
  if (lockedOut.length === 0) return;
  await withEngine(target, async (engine) => {
    for (const { name, script } of lockedOut) {
      await clearAway(run, name, script);
      await engine.markMigrationRolledBack(name);
    }
  });
}
