import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { type Difference, type NextStep, ProgrammingError, TransferError } from '@vatevo/transfer';
import { columnType } from '@vatevo/transfer/column-types';
import {
  applyChanges,
  beginRun,
  checksumAll,
  compareAll,
  copy,
  findDifferences,
  inspect,
  type PlannedTable,
  prepare,
  type Run,
  refused,
  refuseObstacles,
  runStartNow,
  showDifferences,
  unchangedInFile,
} from '@vatevo/transfer/pipeline';
import {
  decidesAnything,
  isCutByKey,
  sameDecisions,
  sourceName,
  type TransferPlan,
} from '@vatevo/transfer/plan';
import { forgetCopied, holdsRows, inTransaction, silenceTriggers } from '@vatevo/transfer/postgres';
import { hasMarks, keylessRow, readHighWaterMarks } from '@vatevo/transfer/sqlite';
import type { Client } from 'pg';
import { keepAll, refuseWithoutFailback } from '../failback/refuse.ts';
import { identify, refuseHoldersOfOldFile, refuseOtherFile } from '../file/identity.ts';
import { capturedTables } from '../file/tables.ts';
import type { Move } from '../move.ts';
import { failedBackElsewhere, unknownMove } from '../out-of-place.ts';
import { keepChecksums } from '../server/checksums.ts';
import type { MoveRecord } from '../server/ledger.ts';
import { keepSequences } from '../server/sequences.ts';
import { fence, fencedTables, loggingTables, TRIGGERS } from '../server/triggers.ts';
import { discardRows } from './discard.ts';
import { relaxForeignKeys } from './foreign-keys.ts';
import { createHelperIndexes } from './helper-indexes.ts';
import { takeBack } from './lost-hand-over.ts';

/** A move whose rows are all in the target, and which only has to follow the source. */
export interface Following {
  readonly record: MoveRecord;
  readonly run: Run;
  readonly plan: TransferPlan;
  /** Rows that this call compared. */
  readonly rowsCompared: number;
  /** Whether the file had lost changes that were copied already, so that this call copied all rows anew. */
  readonly copiedAnew: boolean;
}

/** Rows that differ in the two databases although nobody changed them. */
export class MoveDiffersError extends TransferError {
  readonly differences: readonly Difference[];

  constructor(differences: readonly Difference[], rows: number, { what, next }: Aftermath) {
    const [first] = differences;
    const list =
      first === undefined ? 'see the list' : `the first: ${first.table}, ${first.key}; see the list`;
    super(
      'differences',
      `${rows} rows of PostgreSQL and of the file differ although nobody changed them since they were copied (${list}); ${what}.`,
      { next },
    );
    this.differences = differences;
  }
}

/** What becomes of a move that failed. */
export interface Aftermath {
  readonly what: string;
  readonly next?: NextStep;
}

export const BEGIN_ANEW: Aftermath = {
  what: 'nothing was handed over',
  next: { step: 'abort-and-start' },
};

/**
 * Synchronizes PostgreSQL with the file, from wherever an earlier call left it, while writers go on.
 *
 * 1. reserve PostgreSQL, with indexes and keys deferred;
 * 2. capture: from now on the file logs which rows are written;
 * 3. copy every row;
 * 4. apply the changes since, after which PostgreSQL equals some state of the file;
 * 5. build indexes and keys, set sequences;
 * 6. compare every row that has not changed since.
 */
export async function synchronize(move: Move): Promise<Following> {
  const { server, file } = move;
  refuseHoldersOfOldFile(file.file);
  let { file: fileState, record } = await move.look();
  if (record?.state === 'reserved' || record?.state === 'moving') {
    refuseOtherDecisions(move, await planOf(move));
    takeBack(move, record, 'move');
    // A process that died behind the fence: nothing was handed over, so writers need not wait for what follows.
    if (fileState === 'fenced') file.transition('unfence', record.state);
    fileState = file.state();
  }
  if (record === undefined || record.state === 'failed-back') {
    if (fileState !== 'released')
      throw record ? failedBackElsewhere(file.file) : unknownMove(file.file, fileState);
    await reserve(move, record);
    record = await required(move);
  }
  if (record.state === 'reserved') {
    if (fileState === 'released') {
      file.capture(record.id, await planOf(move), record.state);
      fileState = file.state();
    }
    const now = file.reading((db) => identify(file.file, db));
    if (record.identity) refuseOtherFile(file.file, record.identity, now, await planOf(move));
    await server.keepIdentity(record.id, now);
    await server.transition('begin', fileState);
    record = await required(move);
  }
  if (record.state !== 'moving') throw notUnderWay(record);
  await fenceNewTables(move);
  if (fileState === 'released') throw logsNothing(file.file);
  return resumeRun(move, record);
}

async function reserve(move: Move, returned: MoveRecord | undefined): Promise<void> {
  const { client, source, server, target } = move;
  const runStart = runStartNow();
  const { misfits } = await refuseWithoutFailback(move);
  // Before the catalog is read: what changes behind it is noticed.
  const identity = move.file.reading((db) => identify(move.file.file, db));
  const preparation = await prepare(source, target, move.mapping, runStart);
  const { plan } = preparation;
  refuseUntellable(plan);
  refuseDecided(plan);
  // What cannot be watched is refused before anything is reserved.
  const keyless = move.file.reading((db) => {
    capturedTables(db, plan);
    return plan.tables.flatMap((table) => keylessRow(db, table));
  });
  if (keyless.length > 0) throw refused(keyless);
  await refuseObstacles(source, target, plan, preparation.highWaterMarks);
  await target.loader.refuseFullDisk(preparation.sourceBytes, move.options.targetFreeSpace);
  const view = move.pool();
  const tables = await view.measure(plan, true);
  const { refusals } = await inspect({ view, plan, tables, onProgress: move.options.onProgress });
  if (refusals.length > 0) throw refused(refusals);
  const id = randomUUID();
  await server.reserve(
    {
      id,
      sourceName: basename(move.options.source),
      sourcePath: realpathSync(move.options.source),
      format: move.options.format,
    },
    move.file.state(),
    async () => {
      await beginMoving(move, id, plan, runStart, async () => {
        await keepSequences(client, id, plan);
        await keepAll(client, id, misfits, move.decisions.notOurs);
        const served = await move.served();
        if (returned) await discardReturned(move, returned);
        return served;
      });
      await server.keepIdentity(id, identity);
    },
  );
}

/** Makes the empty tables ready for the rows, in the open transaction. */
async function beginMoving(
  move: Move,
  id: string,
  plan: TransferPlan,
  runStart: string,
  underLock: () => Promise<readonly Table[]>,
): Promise<void> {
  const { client, server, source, target } = move;
  const run = { sourceName: source.shortName, fingerprint: source.fingerprint(), runStart, plan };
  const runId = await beginRun(target, run, { underLock, others: true });
  await fence(client, await move.served(), 'arriving');
  await server.keep(id, { runId });
}

/**
 * Copies all rows once more where the file has gone back in time: what PostgreSQL holds may come from changes that
 * the file has lost, and nothing says any more which ones they were. The file's log goes on, from before the copy.
 */
async function copyAnew(move: Move, record: MoveRecord, plan: TransferPlan): Promise<void> {
  const { client, server, target } = move;
  await inTransaction(client, 'BEGIN', () =>
    beginMoving(move, record.id, plan, runStartNow(), async () => {
      await discardRows(target, record, await fencedTables(client));
      await server.forgetProgress(record.id);
      return [];
    }),
  );
}

/**
 * What the earlier move brought is all in the file again, that was proven when it went back; but for what was left
 * behind by name.
 */
async function discardReturned(move: Move, returned: MoveRecord): Promise<void> {
  const { client, target, options, decisions } = move;
  const carried = await loggingTables(client);
  const others = (await fencedTables(client)).filter(
    ({ oid }) => !carried.some((table) => table.oid === oid),
  );
  const left: string[] = [];
  for (const table of others) if (await holdsRows(client, table)) left.push(table.name);
  for (const table of carried) {
    for (const column of await columnsLeft(client, table, decisions.leaveBehind)) {
      if (await holdsRows(client, table, column)) left.push(`${table.name}.${column}`);
    }
  }
  if (left.length > 0 && !options.discardLeftBehind) {
    throw new TransferError(
      'target-not-empty',
      `PostgreSQL still holds what stayed there when it went back to SQLite (${left.join(', ')}), and a new move would remove it.`,
      { next: { step: 'discard-left-behind' } },
    );
  }
  await discardRows(target, returned, [...carried, ...others]);
}

async function columnsLeft(
  client: Move['client'],
  { oid, name }: { readonly oid: string; readonly name: string },
  leftBehind: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND $2 || '.' || attname = ANY ($3)`,
    [oid, name, leftBehind],
  );
  return rows.map((row) => row.name);
}

async function resumeRun(move: Move, record: MoveRecord): Promise<Following> {
  const { client, file, target } = move;
  const { onProgress } = move.options;
  if (!file.reading(hasMarks)) throw earlierRelease(file.file);
  let run = await runOf(move, record);
  await followSchema(move, run);
  const copiedAnew = !file.holds(record.seen);
  if (copiedAnew) {
    await copyAnew(move, record, run.plan);
    run = await runOf(move, await required(move));
  }
  const { plan } = run;
  await keepSilent(client, run);
  const highWaterMarks = file.reading((db) => readHighWaterMarks(db, plan));
  const pool = move.pool();
  pool.follow((await required(move)).seen);
  if (run.state === 'copying') {
    do {
      await copy({
        view: pool,
        target,
        runId: run.id,
        tables: await pool.measure(plan, true),
        also: (loading) => keepSeen(move, record.id, loading),
        onProgress,
      });
    } while (await followSchema(move, run));
    await target.ledger.setState(run.id, 'settling');
    run = { ...run, state: 'settling' };
  }
  if (run.state === 'settling') {
    await relaxForeignKeys(client, record.id, plan);
    // Only where PostgreSQL equals a state of the file do its keys and foreign keys hold.
    await catchUp(move, record.id, plan, run.id);
    await target.deferred.restore({
      runId: run.id,
      plan,
      highWaterMarks,
      onProgress,
    });
    await relaxForeignKeys(client, record.id, plan);
    await createHelperIndexes(client, plan);
    await target.ledger.setState(run.id, 'verifying');
    run = { ...run, state: 'verifying' };
  }
  let rowsCompared = 0;
  while ((await required(move)).verified === undefined) {
    rowsCompared = await compareEverything(move, record, run);
    await followSchema(move, run);
  }
  await catchUp(move, record.id, plan, run.id);
  return { record: await required(move), run, plan, rowsCompared, copiedAnew };
}

/** Triggers and rules that came since the move began, too. */
async function keepSilent(client: Move['client'], { id, plan }: Run): Promise<void> {
  const tables = plan.tables.map(({ target }) => target);
  await inTransaction(client, 'BEGIN', () => silenceTriggers(client, id, tables, TRIGGERS));
}

async function runOf({ target }: Move, record: MoveRecord): Promise<Run> {
  const run = await target.ledger.findRun();
  if (run !== undefined && run.id === record.runId) return run;
  throw rowsGone();
}

/**
 * Goes on beside changes of the schema that are none of the rows: statistics, indexes, and VACUUM.
 *
 * VACUUM may give rows other rowids where these are not their keys. What went through a table by its rowids is done
 * again then: the copy, and the proof that came before the fence. (Behind it rows are known by their keys.)
 *
 * @returns whether there is something to do again
 * @throws TransferError `source-changed`
 */
async function followSchema(
  { file, server, client, look }: Move,
  { id, state, plan }: Run,
): Promise<boolean> {
  const { record } = await look();
  if (record?.identity === undefined) throw new ProgrammingError('a move that has begun knows its file');
  const now = file.reading((db) => identify(file.file, db));
  refuseOtherFile(file.file, record.identity, now, plan);
  if (now.schemaVersion === record.identity.schemaVersion) return false;
  const byRowid = plan.tables.filter((table) => !isCutByKey(table));
  await inTransaction(client, 'BEGIN', async () => {
    if (state === 'copying') await forgetCopied(client, id, byRowid);
    if (byRowid.length > 0) await server.forgetProof(record.id);
    await server.keepIdentity(record.id, now);
  });
  return byRowid.length > 0;
}

/** Makes the target equal to the file as it is now. @returns how many keys that took */
export async function catchUp(move: Move, id: string, plan: TransferPlan, runId: string): Promise<number> {
  const { server, target, pursuit } = move;
  const { applied } = await required(move);
  return move.pool().withReader(async (reader) => {
    const { keys } = await applyChanges({
      onLag: (place, end) => pursuit.look(place, end),
      reader,
      target,
      runId,
      plan,
      after: applied,
      keep: async (place) => {
        await server.keep(id, { applied: place.seq });
        await server.keepSeen(id, place);
      },
    });
    pursuit.caughtUp();
    return keys;
  });
}

async function compareEverything(move: Move, { id }: MoveRecord, run: Run): Promise<number> {
  await catchUp(move, id, run.plan, run.id);
  // Measured after that: what is new since is beyond what this compares, and named by the log behind it.
  const tables = await move.pool().measure(run.plan, true);
  const { applied } = await required(move);
  // Before the rows are compared: what changes behind this moment is in the log, or shows in the checksums.
  const checksumsAt = move.file.logEnd().seq;
  const checksums = await checksumAll(move.pool(), tables);
  try {
    const { rows, differing } = await compareAll(
      move.pool(),
      move.target.digests,
      tables,
      unchangedInFile(applied),
      move.options.onProgress,
    );
    await refuseDifferences(move, differing);
    await inTransaction(move.client, 'BEGIN', async () => {
      await keepChecksums(move.client, id, checksums.all());
      await move.server.keep(id, { verified: applied, checksumsAt });
      await keepSeen(move, id);
    });
    return rows;
  } finally {
    checksums.close();
  }
}

/** What was copied or compared rests on the last state of the file that was read. */
export async function keepSeen({ pool, server }: Move, id: string, client?: Client): Promise<void> {
  const { seen } = pool();
  if (seen) await server.keepSeen(id, seen, client);
}

export async function refuseDifferences(
  move: Move,
  differing: Awaited<ReturnType<typeof compareAll>>['differing'],
  aftermath = BEGIN_ANEW,
  { digests } = move.target,
): Promise<void> {
  if (differing.length === 0) return;
  const shown = await move.pool().withReader((reader) => showDifferences(reader, digests, differing));
  throw new MoveDiffersError(shown, differing.length, aftermath);
}

/**
 * Refuses a table that holds other rows in PostgreSQL than in the file, although each row of the file was compared.
 *
 * @throws MoveDiffersError with the rows that only PostgreSQL has
 */
export async function refuseRowsOfServer(
  move: Move,
  planned: PlannedTable,
  { inFile, inServer }: { readonly inFile: number; readonly inServer: number },
  aftermath: Aftermath,
  digests: Move['target']['digests'] = move.target.digests,
): Promise<never> {
  const found = await findDifferences(move.pool(), digests, planned);
  const beyond = found.filter(({ kind }) => kind === 'unexpected');
  if (beyond.length > 0) throw new MoveDiffersError(beyond, beyond.length, aftermath);
  const { what, next } = aftermath;
  throw new TransferError(
    'differences',
    `The file holds ${inFile} rows of ${planned.table.source} and PostgreSQL ${inServer}, although every logged change was applied: somebody made untracked changes, which the triggers did not see; ${what}.`,
    { next },
  );
}

export async function required(move: Move): Promise<MoveRecord> {
  const { record } = await move.look();
  if (record === undefined) throw new ProgrammingError('the move has disappeared from the server');
  return record;
}

async function planOf(move: Move): Promise<TransferPlan> {
  const run = await move.target.ledger.findRun();
  if (run === undefined) throw rowsGone();
  return run.plan;
}

/** What the rows were read by, and are read by to the end: other decisions would hold for some of the rows only. */
function refuseOtherDecisions({ options, mapping }: Move, { decisions = {} }: TransferPlan): void {
  const given = mapping.decisions;
  if (given === undefined || !decidesAnything(given) || sameDecisions(given, decisions)) return;
  throw new TransferError(
    'wrong-state',
    `The move of ${options.source} was begun with other decisions, which hold for all of its rows.`,
    { next: { step: 'keep-decisions', decisions } },
  );
}

/** Changes are told by the source's primary key, which must therefore be in the target, too. */
function refuseUntellable(plan: TransferPlan): void {
  for (const table of plan.tables) {
    const inexact = table.identity
      .map((i) => table.columns[i])
      .find((column) => column && columnType(column.type).digestSql.read === undefined);
    if (inexact !== undefined) {
      throw new TransferError(
        'source-refused',
        `The changed rows of ${table.source} cannot be told apart by ${sourceName(inexact)}, whose type in the target is ${inexact.type.sql}.`,
        { next: { step: 'transfer-instead' } },
      );
    }
    const identity = table.identity.map((i) => {
      const column = table.columns[i];
      return column && 'column' in column.from ? column.from.column : undefined;
    });
    const byKey = table.key.length === identity.length && table.key.every((name, i) => name === identity[i]);
    if (table.rowid !== undefined && byKey) continue;
    throw new TransferError(
      'source-refused',
      `The changed rows of ${table.source} cannot be told apart by a primary key that the target has, too.`,
      { next: { step: 'transfer-instead' } },
    );
  }
}

/** A row that comes back would have PostgreSQL's form, and not the one that the application stores. */
function refuseDecided(plan: TransferPlan): void {
  const decided = plan.tables.flatMap(({ source, columns }) =>
    columns.flatMap((column) => (column.decision ? `${source}.${sourceName(column)}` : [])),
  );
  if (decided.length === 0) return;
  throw new TransferError(
    'source-refused',
    `What is decided on ${decided.join(', ')} has no failback: rows would come back in another form.`,
    { next: { step: 'transfer-instead' } },
  );
}

/** Tables that came since the others were fenced. */
async function fenceNewTables(move: Move): Promise<void> {
  const held = new Set((await fencedTables(move.client)).map(({ oid }) => oid));
  const unheld = (await move.served()).filter(({ oid }) => !held.has(oid));
  if (unheld.length > 0)
    await inTransaction(move.client, 'BEGIN', () => fence(move.client, unheld, 'arriving'));
}

type Table = { readonly schema: string; readonly name: string };

function rowsGone(): TransferError {
  return new TransferError('wrong-state', 'The rows of this move are not in the target any more.', {
    next: { step: 'abort-and-start' },
  });
}

function earlierRelease(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `The move of ${file} was begun by an earlier release, whose log cannot show whether the file lost changes meanwhile.`,
    { next: { step: 'abort-and-start' } },
  );
}

export function logsNothing(file: string): TransferError {
  return new TransferError(
    'source-changed',
    `${file} logs no changes any more, so what was written since cannot be known.`,
    { next: { step: 'abort-and-start' } },
  );
}

/** Where a move stands that cannot be synchronized any more, and what to do then. */
function notUnderWay({ state }: MoveRecord): TransferError {
  return state === 'aborting'
    ? new TransferError('wrong-state', 'PostgreSQL is aborting: this move is being given up.', {
        next: { step: 'end-abort' },
      })
    : new TransferError(
        'wrong-state',
        `PostgreSQL is ${state}: it has taken over already, and there is nothing to move.`,
      );
}
