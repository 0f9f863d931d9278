import { TransferError } from './errors.ts';
import {
  beginRun,
  emptyTables,
  refuseNeedlessSkips,
  refuseRows,
  refuseRowsOntoSeeds,
  runStartNow,
} from './pipeline/begin.ts';
import { findBrokenRows } from './pipeline/broken-rows.ts';
import { copy } from './pipeline/copy.ts';
import { SourceDigest } from './pipeline/digest-source.ts';
import { refuseObstacles } from './pipeline/fitness.ts';
import { type Inspection, inspect } from './pipeline/inspect.ts';
import { refuseOtherRows } from './pipeline/kept-rows.ts';
import { notesOn } from './pipeline/notes.ts';
import { type Preparation, prepare, underPlan } from './pipeline/prepare.ts';
import {
  type BadRows,
  excludeRows,
  gatherBadRows,
  locatorsByTable,
  type Quarantine,
  readLocators,
  recordBadRows,
  reportQuarantine,
  reservingIds,
} from './pipeline/quarantine/set-aside.ts';
import { refuseUnread } from './pipeline/unread-values.ts';
import { verify } from './pipeline/verify.ts';
import { encodePlan } from './plan/encode.ts';
import type { TransferPlan } from './plan/types.ts';
import { type Endpoints, mappingOf, type Session, useSession } from './session.ts';
import type { PlannedTable, SourceView } from './source/source.ts';
import type { Run, Target } from './target/target.ts';
import {
  DifferencesError,
  SourceRefusedError,
  type StageSeconds,
  type TransferReport,
} from './transfer-report.ts';

/** A killed run's session may outlive it a little: how long its lock is waited for, in milliseconds. */
const LOCK_WAIT = 10_000;

export interface TransferOptions extends Endpoints {
  /** Removes what an unfinished run loaded, and starts over. */
  readonly discardUnfinished?: boolean;
  /** Sets rows that the target cannot hold aside, with those that depend on them, and loads the others. */
  readonly quarantine?: boolean;
}

/**
 * Moves a SQLite database into PostgreSQL and proves it.
 *
 * 1. inspect every value; refuse before anything is loaded;
 * 2. begin a run in the target's ledger, with indexes and keys deferred;
 * 3. copy ranges of rows, each committed with its ledger line;
 * 4. finalize: indexes, keys, foreign keys, sequences, statistics;
 * 5. verify, and only then call the run complete.
 *
 * The same call resumes an unfinished run where it stopped, and does nothing for a complete one.
 *
 * @throws TransferError for every expected end; see {@link TransferErrorKind}.
 */
export async function transfer(options: TransferOptions): Promise<TransferReport> {
  return useSession(options, async (session) => {
    const { target } = session;
    await target.lock(LOCK_WAIT);
    const found = await target.ledger.findRun();
    if (found?.state === 'complete') return reportComplete(session, found);
    if (found && !options.discardUnfinished) return resumeRun(session, found);
    if (found) await target.loader.discard(found);
    return begin(session, options.quarantine ?? false);
  });
}

/** Inspects the source against the target without changing either. */
export async function inspectSource(endpoints: Endpoints): Promise<Inspection> {
  return useSession(endpoints, async (session) => {
    const { source, target } = session;
    const preparation = await prepare(source, target, endpoints.mapping, runStartNow(), true);
    // Rows of a run are for the next call to compare.
    if ((await target.ledger.findRun()) === undefined) await refuseFilled(target, preparation.plan);
    await refuseUnfit(session, preparation);
    const view = await source.snapshot();
    await refuseOtherRows(view, target.digests, preparation.pointed);
    return (await inspectRows(session, preparation, view)).inspection;
  });
}

/** @throws TransferError where tables hold rows that no run put there */
async function refuseFilled(target: Target, plan: TransferPlan): Promise<void> {
  await refuseRows(target, emptyTables(plan));
  await refuseRowsOntoSeeds(target, plan);
}

/** @throws TransferError for what is in the way before a row is read */
async function refuseUnfit({ source, target, endpoints }: Session, preparation: Preparation): Promise<void> {
  const { plan, sourceBytes, highWaterMarks } = preparation;
  refuseUnread(source, plan, preparation);
  await refuseNeedlessSkips(target, plan);
  await refuseObstacles(source, target, plan, highWaterMarks);
  await target.loader.refuseFullDisk(sourceBytes, endpoints.targetFreeSpace);
}

/** Every value of the source, as the target and its rules would take it. */
async function inspectRows(
  { source, target, endpoints }: Session,
  preparation: Preparation,
  view: SourceView,
) {
  const { plan, rules } = preparation;
  const tables = await view.measure(plan);
  const broken = await findBrokenRows(target.probes, source, view, tables, preparation);
  const found = await inspect({ view, plan, tables, rules, broken, onProgress: endpoints.onProgress });
  const inspection = {
    ...found,
    notes: [...preparation.untold, ...(await notesOn(source, target, plan, found))],
  };
  return { inspection, tables, broken };
}

async function reportComplete(session: Session, run: Run): Promise<TransferReport> {
  const { source, target } = session;
  // A file that cannot be read is said to be so, not taken for another state of the source.
  await prepare(source, target, mappingOf(session, run), run.runStart, true);
  const view = await source.snapshot();
  if (!source.isSame(source.fingerprint(), run.fingerprint)) {
    throw new TransferError(
      'target-not-empty',
      `The target already holds a completed transfer of ${run.sourceName} in another state, and nothing is ever overwritten.`,
      { next: { step: 'verify' } },
    );
  }
  return {
    runId: run.id,
    outcome: 'already-complete',
    source: run.sourceName,
    plan: run.plan,
    seconds: {},
    copied: { rows: 0, bytes: 0 },
    ...optional(await reportQuarantine(target.ledger, run.id, () => view.measure(run.plan), undefined)),
    alterations: await target.ledger.readAlterations(run.id),
  };
}

function optional(quarantine: Quarantine | undefined): { quarantine?: Quarantine } {
  return quarantine ? { quarantine } : {};
}

async function begin(session: Session, setAside: boolean): Promise<TransferReport> {
  const { source, target } = session;
  const stopwatch = new Stopwatch();
  const runStart = runStartNow();
  const preparation = await prepare(source, target, session.endpoints.mapping, runStart, true);
  const { plan, sourceBytes } = preparation;
  await refuseFilled(target, plan);
  await refuseUnfit(session, preparation);
  const fingerprint = source.fingerprint();
  const view = await source.snapshot();
  await refuseOtherRows(view, target.digests, preparation.pointed);
  view.keepEncoded(sourceBytes);
  const { inspection, tables, broken } = await inspectRows(session, preparation, view);
  // Among the rows that are encoded may be some that do not go along.
  if (inspection.refusedValues > 0) view.dropEncoded();
  if (inspection.refusedValues > 0 && !setAside) {
    stopwatch.lap('inspect');
    throw new SourceRefusedError(inspection, source.shortName, plan, stopwatch.seconds);
  }
  const bad: BadRows =
    inspection.refusedValues > 0
      ? await gatherBadRows(view, preparation, tables, inspection, broken)
      : new Map();
  const locators = locatorsByTable(bad);
  const working = await excludeRows(view, plan, locators);
  stopwatch.lap('inspect');
  const begun = { sourceName: source.shortName, fingerprint, runStart, plan };
  const id = await target.transaction(() =>
    beginRun(target, begun, {
      record: async (id) => {
        await target.ledger.insertAlterations(id, preparation.stays);
        await recordBadRows(target.ledger, view, id, working, bad);
      },
    }),
  );
  const run: Run = { ...begun, id, state: 'copying' };
  const highWaterMarks = reservingIds(plan, locators, preparation.highWaterMarks);
  const finished = await finish(session, run, working, highWaterMarks, tables, stopwatch);
  return { ...finished, outcome: 'transferred', inspection };
}

async function resumeRun(session: Session, run: Run): Promise<TransferReport> {
  const { source, target } = session;
  const preparation = await prepare(source, target, mappingOf(session, run), run.runStart, true);
  if (!source.isSame(source.fingerprint(), run.fingerprint)) {
    throw new TransferError(
      'source-changed',
      `The target holds an unfinished transfer of ${run.sourceName} in another state than ${source.shortName} has now.`,
      { next: { step: 'restore-or-start-over' } },
    );
  }
  if (encodePlan(withoutServerState(preparation.plan)) !== encodePlan(withoutServerState(run.plan))) {
    throw new TransferError(
      'unfinished',
      `The target's tables or the mapping changed since the unfinished transfer of ${run.sourceName} began.`,
      { next: { step: 'start-over' } },
    );
  }
  await target.loader.refuseUnexpectedRows(run);
  const view = await source.snapshot();
  const tables = await view.measure(run.plan);
  const locators = await readLocators(target.ledger, run.id, run.plan);
  const working = await excludeRows(view, run.plan, locators);
  const highWaterMarks = reservingIds(run.plan, locators, preparation.highWaterMarks);
  const finished = await finish(session, run, working, highWaterMarks, tables, new Stopwatch());
  return { ...finished, outcome: 'resumed' };
}

/** Keys that are deferred are not in the catalog, so what follows from them cannot be compared. */
function withoutServerState(plan: TransferPlan): TransferPlan {
  return { ...plan, tables: plan.tables.map((table) => ({ ...table, identity: [] })) };
}

async function finish(
  { source, target, endpoints }: Session,
  run: Run,
  working: TransferPlan,
  highWaterMarks: ReadonlyMap<string, bigint>,
  tables: readonly PlannedTable[],
  stopwatch: Stopwatch,
): Promise<Omit<TransferReport, 'outcome'>> {
  const { onProgress } = endpoints;
  const { ledger } = target;
  const { plan, id: runId } = run;
  const view = await source.snapshot();
  const planned = underPlan(working, tables);
  let copied = { rows: 0, bytes: 0 };
  if (run.state === 'copying') {
    copied = await copy({
      view,
      target,
      runId,
      tables: planned,
      next: { step: 'fix-and-start-over' },
      onProgress,
    });
    view.dropEncoded();
    await ledger.setState(runId, 'settling');
    stopwatch.lap('copy');
  }
  const digest = new SourceDigest(view, planned);
  await target.deferred.restore({
    runId,
    plan,
    highWaterMarks,
    onProgress,
    next: { step: 'fix-and-start-over' },
  });
  // No row is written any more, and the proof looks whether they are as they were.
  await target.transaction(async () => {
    await target.loader.restoreTriggers(runId);
    await ledger.setState(runId, 'verifying');
  });
  stopwatch.lap('finalize');
  const verification = await verify({
    view,
    source: digest,
    target,
    plan: working,
    tables: planned,
    highWaterMarks,
    onProgress,
  });
  stopwatch.lap('verify');
  if (!verification.equal) throw new DifferencesError(verification);
  const quarantine = await reportQuarantine(ledger, runId, async () => planned, verification);
  await ledger.setState(runId, 'complete');
  return {
    runId,
    source: run.sourceName,
    plan,
    seconds: stopwatch.seconds,
    copied,
    verification,
    ...optional(quarantine),
    alterations: await ledger.readAlterations(runId),
  };
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
