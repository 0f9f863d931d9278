import { basename } from 'node:path';
import type { Client } from 'pg';
import { TransferError } from './errors.ts';
import type { TransferPlan } from './plan/types.ts';
import { discardRun } from './postgres/discard.ts';
import {
  createLedger,
  encodePlan,
  findRun,
  insertRun,
  type Run,
  readAlterations,
  readRanges,
  setState,
} from './postgres/ledger.ts';
import { lockTransfer } from './postgres/lock.ts';
import { putAside } from './postgres/put-aside.ts';
import { quoteQualified } from './quote.ts';
import type { Alteration } from './readers/protocol.ts';
import { type Endpoints, type Preparation, prepare, Session } from './session.ts';
import { fingerprintSource, sameFingerprint } from './sqlite/fingerprint.ts';
import { copyRanges } from './stages/copy.ts';
import { type Inspection, inspect, measureTables } from './stages/inspect.ts';
import { cutRanges, ledgerBounds, type PlannedTable } from './stages/ranges.ts';
import { settle } from './stages/settle.ts';
import { type Verification, verify } from './stages/verify.ts';

/** A killed run's session may outlive it a little: how long its lock is waited for, in milliseconds. */
const LOCK_WAIT = 10_000;

export interface TransferOptions extends Endpoints {
  /** Removes what an unfinished run loaded, and begins anew. */
  readonly discardUnfinished?: boolean;
}

/** Seconds that each stage took; a stage that an earlier call had done is missing. */
export type StageSeconds = Partial<Record<'inspect' | 'copy' | 'settle' | 'verify', number>>;

export interface TransferReport {
  readonly runId: string;
  /** `transferred` now, `resumed` from an unfinished run, or found `already-complete`. */
  readonly outcome: 'transferred' | 'resumed' | 'already-complete';
  readonly source: string;
  readonly plan: TransferPlan;
  readonly seconds: StageSeconds;
  /** Rows and bytes of COPY data that this call loaded. */
  readonly copied: { readonly rows: number; readonly bytes: number };
  readonly inspection?: Inspection;
  readonly verification?: Verification;
  /** The loss ledger: every value that a policy replaced. */
  readonly alterations: readonly Alteration[];
}

/** Thrown with the findings when the source holds what the target cannot. Nothing was loaded. */
export class SourceRefusedError extends TransferError {
  readonly inspection: Inspection;

  constructor(inspection: Inspection) {
    super(
      'source-refused',
      `The source holds ${inspection.refusedValues} values that the target cannot hold; nothing was loaded. Mend them in the source, then run the same command again.`,
    );
    this.inspection = inspection;
  }
}

/** Thrown with the findings when the target differs from the source. The run stays unfinished. */
export class DifferencesError extends TransferError {
  readonly verification: Verification;

  constructor(verification: Verification) {
    super(
      'differences',
      'The target differs from the source: see the list; nothing may use the target until it is loaded again (--discard-unfinished).',
    );
    this.verification = verification;
  }
}

/**
 * Moves a SQLite database into PostgreSQL and proves it.
 *
 * 1. inspect every value; refuse before anything is loaded;
 * 2. begin a run in the target's ledger, with indexes and keys put aside;
 * 3. copy ranges of rows, each committed with its ledger line;
 * 4. settle: indexes, keys, foreign keys, sequences, statistics;
 * 5. verify, and only then call the run complete.
 *
 * The same call carries an unfinished run on from where it stopped, and does nothing for a complete one.
 *
 * @throws TransferError for every expected end; see {@link TransferErrorKind}.
 */
export async function transfer(options: TransferOptions): Promise<TransferReport> {
  return Session.use(options, async (session) => {
    const client = await session.client();
    await lockTransfer(client, LOCK_WAIT);
    const found = await findRun(client);
    if (found?.state === 'complete') return reportComplete(session, client, found);
    if (found && !options.discardUnfinished) return carryOn(session, client, found);
    if (found) await discardRun(client, found);
    return begin(session, client);
  });
}

/** Inspects the source against the target without changing either. */
export async function inspectSource(endpoints: Endpoints): Promise<Inspection> {
  return Session.use(endpoints, async (session) => {
    const client = await session.client();
    const { plan, rules } = await prepare(session, client, nowUtc());
    const pool = await session.pool();
    return inspect(pool, plan, await measureTables(pool, plan), rules, endpoints.onProgress);
  });
}

/** Proves (or disproves) at any later time that the target equals the source. */
export async function verifyTransfer(endpoints: Endpoints): Promise<Verification> {
  return Session.use(endpoints, async (session) => {
    const client = await session.client();
    const run = await findRun(client);
    if (run && run.state !== 'complete') throw unfinished(run);
    const { plan, givenOut } = await prepare(session, client, run?.runStart ?? nowUtc());
    const pool = await session.pool();
    const tables = await measureTables(pool, plan);
    const clients = await session.clients(client);
    return verify({ pool, clients, plan, tables, givenOut, onProgress: endpoints.onProgress });
  });
}

function unfinished(run: Run): TransferError {
  return new TransferError(
    'unfinished',
    `The target holds an unfinished transfer of ${run.sourceName} (it is ${run.state}): run ops:transfer with the same source to carry it on.`,
  );
}

async function reportComplete(session: Session, client: Client, run: Run): Promise<TransferReport> {
  const { source } = session.endpoints;
  // A file that cannot be read is said to be so, not taken for another state of the source.
  await prepare(session, client, run.runStart);
  if (!sameFingerprint(fingerprintSource(source), run.fingerprint)) {
    throw new TransferError(
      'target-not-empty',
      `The target already holds a completed transfer of ${run.sourceName} in another state, and nothing is ever overwritten: check both with ops:verify, or give an empty database.`,
    );
  }
  return {
    runId: run.id,
    outcome: 'already-complete',
    source: run.sourceName,
    plan: run.plan,
    seconds: {},
    copied: { rows: 0, bytes: 0 },
    alterations: await readAlterations(client, run.id),
  };
}

async function begin(session: Session, client: Client): Promise<TransferReport> {
  const { source, onProgress } = session.endpoints;
  const stopwatch = new Stopwatch();
  const runStart = nowUtc();
  const preparation = await prepare(session, client, runStart);
  await refuseRows(client, preparation.plan);
  const fingerprint = fingerprintSource(source);
  const pool = await session.pool();
  const tables = await measureTables(pool, preparation.plan);
  const inspection = await inspect(pool, preparation.plan, tables, preparation.rules, onProgress);
  stopwatch.lap('inspect');
  if (inspection.refusedValues > 0) throw new SourceRefusedError(inspection);

  const { plan } = preparation;
  const runId = await inTransaction(client, async () => {
    await createLedger(client);
    const names = plan.tables.map((table) => quoteQualified(table.target)).join(', ');
    await client.query(`LOCK TABLE ${names} IN ACCESS EXCLUSIVE MODE`);
    await refuseRows(client, plan);
    const id = await insertRun(client, { sourceName: basename(source), fingerprint, runStart, plan });
    await putAside(client, id, plan);
    return id;
  });
  const run: Run = { id: runId, state: 'copying', sourceName: basename(source), fingerprint, runStart, plan };
  const finished = await finish(session, client, run, preparation, tables, stopwatch);
  return { ...finished, outcome: 'transferred', inspection };
}

async function carryOn(session: Session, client: Client, run: Run): Promise<TransferReport> {
  const { source } = session.endpoints;
  const preparation = await prepare(session, client, run.runStart);
  if (!sameFingerprint(fingerprintSource(source), run.fingerprint)) {
    throw new TransferError(
      'source-changed',
      `The target holds an unfinished transfer of ${run.sourceName} in another state than ${basename(source)} has now: bring that state back and run again, or give --discard-unfinished to remove what was loaded and begin anew.`,
    );
  }
  if (encodePlan(withoutServerState(preparation.plan)) !== encodePlan(withoutServerState(run.plan))) {
    throw new TransferError(
      'unfinished',
      `The target's tables or the mapping changed since the unfinished transfer of ${run.sourceName} began: give --discard-unfinished to remove what was loaded and begin anew.`,
    );
  }
  const pool = await session.pool();
  const tables = await measureTables(pool, run.plan);
  const finished = await finish(session, client, run, preparation, tables, new Stopwatch());
  return { ...finished, outcome: 'resumed' };
}

/** Keys that are put aside are not in the catalog, so what follows from them cannot be compared. */
function withoutServerState(plan: TransferPlan): TransferPlan {
  return { ...plan, tables: plan.tables.map((table) => ({ ...table, identity: [] })) };
}

async function finish(
  session: Session,
  client: Client,
  run: Run,
  { givenOut }: Preparation,
  tables: readonly PlannedTable[],
  stopwatch: Stopwatch,
): Promise<Omit<TransferReport, 'outcome'>> {
  const { onProgress } = session.endpoints;
  const { plan } = run;
  const pool = await session.pool();
  const planned = tables.map(({ extent }, i) => ({ table: plan.tables[i] ?? never(), extent }));
  const clients = await session.clients(client);
  let copied = { rows: 0, bytes: 0 };
  if (run.state === 'copying') {
    const done = await readRanges(client, run.id);
    const keys = new Set(done.map((range) => `${range.table}|${range.lowest}`));
    const ranges = cutRanges(planned).filter(
      (range) => !keys.has(`${range.table.target.name}|${ledgerBounds(range).lowest}`),
    );
    copied = await copyRanges({
      pool,
      clients,
      runId: run.id,
      ranges,
      totalRows: planned.reduce((sum, { extent }) => sum + extent.rows, 0),
      alreadyCopied: done.reduce((sum, range) => sum + range.rows, 0),
      onProgress,
    });
    await setState(client, run.id, 'settling');
    stopwatch.lap('copy');
  }
  await settle({ clients, runId: run.id, plan, givenOut, onProgress });
  await setState(client, run.id, 'verifying');
  stopwatch.lap('settle');
  const verification = await verify({ pool, clients, plan, tables: planned, givenOut, onProgress });
  stopwatch.lap('verify');
  if (!verification.equal) throw new DifferencesError(verification);
  await setState(client, run.id, 'complete');
  return {
    runId: run.id,
    source: run.sourceName,
    plan,
    seconds: stopwatch.seconds,
    copied,
    verification,
    alterations: await readAlterations(client, run.id),
  };
}

/** @throws TransferError `target-not-empty` when a target table holds a row. */
async function refuseRows(client: Client, plan: TransferPlan): Promise<void> {
  for (const table of plan.tables) {
    const name = quoteQualified(table.target);
    const { rows } = await client.query(`SELECT FROM ${name} LIMIT 1`);
    if (rows.length > 0) {
      throw new TransferError(
        'target-not-empty',
        `Table ${table.target.name} of the target already holds rows that no transfer put there, and nothing is ever overwritten: give an empty database.`,
      );
    }
  }
}

async function inTransaction<Result>(client: Client, work: () => Promise<Result>): Promise<Result> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Now in the form in which the legacy service wrote times. */
function nowUtc(): string {
  return new Date().toISOString().replace('T', ' ').replace('Z', '000');
}

function never(): never {
  throw new Error('a planned table without an extent');
}

class Stopwatch {
  readonly seconds: StageSeconds = {};
  #last = performance.now();

  lap(stage: keyof StageSeconds): void {
    const now = performance.now();
    this.seconds[stage] = (now - this.#last) / 1000;
    this.#last = now;
  }
}
