import { isSqlState } from '@vatevo/connection';
import { ProgrammingError, TransferError } from '@vatevo/transfer';
import {
  ComparedKeys,
  compareChanges,
  type PlannedTable,
  ProgressMeter,
  refuseRows,
  unchangedInFile,
} from '@vatevo/transfer/pipeline';
import { quoteQualified, type TablePlan, type TransferPlan } from '@vatevo/transfer/plan';
import {
  advanceSequences,
  findUser,
  inTransaction,
  inUse,
  type PostgresTarget,
  restoreTriggers,
  waitForUsers,
} from '@vatevo/transfer/postgres';
import { readHighWaterMarks } from '@vatevo/transfer/sqlite';
import type { Client } from 'pg';
import { type Prospect, refuseChanged, refuseWithoutFailback } from '../failback/refuse.ts';
import { identify, refuseHoldersOfOldFile, refuseOtherFile } from '../file/identity.ts';
import { type Move, type MoveOptions, required, withMove } from '../move.ts';
import { failedBackElsewhere } from '../out-of-place.ts';
import { FENCE_LAG_THRESHOLD, Outrun, WRITE_LESS } from '../pursuit.ts';
import { FENCE_MS, handOverInTime, MAX_CATCH_UP_ROUNDS, MAX_ROWS_AT_FENCE } from '../rounds.ts';
import { hasChecksums, keepChecksums } from '../server/checksums.ts';
import { countRows } from '../server/count-rows.ts';
import type { ServedTable } from '../server/tables.ts';
import { trackFromHere } from '../server/tracked.ts';
import { capture, unfence } from '../server/triggers.ts';
import { catchUp, keepSeen } from './catch-up.ts';
import { type Aftermath, BEGIN_ANEW, refuseDifferences, refuseRowsOfServer } from './differences.ts';
import { restoreForeignKeys, unvalidatedForeignKeys, validateForeignKeys } from './foreign-keys.ts';
import { dropHelperIndexes } from './helper-indexes.ts';
import { LateValues } from './late-values.ts';
import type { Following } from './resume-run.ts';
import { synchronize } from './synchronize.ts';
import { UntrackedChanges } from './untracked-changes.ts';
import { Watchdog } from './watchdog.ts';

/** Lines of the log behind which what was compared is kept, and lines from which on it is shown how far it came. */
const LINES_KEPT = 50_000n;
const LINES_SHOWN = 5_000n;
/** Milliseconds for which the hand-over waits for a table; PostgreSQL ends its own vacuuming after one second. */
const LOCK_MS = 2_000;

export interface Finished {
  /** `handed-over` now, or found `already-over`. */
  readonly outcome: 'handed-over' | 'already-over';
  readonly moveId: string;
  /** Milliseconds for which nothing could be written. */
  readonly downtimeMs: number | undefined;
  /** Rows compared while nobody could write. */
  readonly rowsVerifiedInFence: number;
  /** Whether the file had lost changes that were copied already, so that all rows were copied anew. */
  readonly copiedAnew: boolean;
  /** Whether untracked changes were looked for in the last moment before the fence. */
  readonly lastMomentChecked: boolean;
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Hands over: PostgreSQL takes the writes from now on, and the file takes none.
 *
 * 1. follow and compare until hardly anything is left, and look for rows that changed without the log's knowledge;
 * 2. fence the file, unless more is left by then than a moment suffices for: then follow again;
 * 3. apply the rest, compare every row that changed since it was last compared, set sequences;
 * 4. let PostgreSQL log its changes and declare it complete, in one transaction: that is the hand-over.
 *
 * Whatever stands in the way lifts the fence again, and nothing has happened; so does a server that falls silent. Nothing
 * behind the fence takes longer the larger the file is. What reads all of it comes after the hand-over, beside the
 * service: both sides are looked at once more as they were in that moment, for untracked changes since
 * 1, and PostgreSQL reads all rows of foreign keys that stood in another form during the move.
 */
export async function finish(options: MoveOptions): Promise<Finished> {
  return withMove(options, async (move) => {
    const { record, file } = await move.look();
    if (record?.state === 'serving' || record?.state === 'closed') {
      if (file === 'fenced') move.file.transition('noteHandOver', 'serving');
      await validateForeignKeys(move.client, record.id);
      return {
        outcome: 'already-over',
        moveId: record.id,
        downtimeMs: record.downtimeMs,
        rowsVerifiedInFence: 0,
        copiedAnew: false,
        lastMomentChecked: !(await hasChecksums(move.client, record.id)),
        rows: {},
      };
    }
    if (record?.state === 'failed-back' && file === 'handed-over') throw failedBackElsewhere(move.file.file);
    if (record === undefined || record.state === 'failed-back') {
      throw new TransferError('wrong-state', 'No move of this file is under way.', {
        next: { step: 'start' },
      });
    }
    const following = await synchronize(move);
    // Before the changes are followed closely: it takes a moment, in which more of them come.
    const prospect = await refuseWithoutFailback(move, following.record.id);
    const finished = await followToTheEnd(move, following, prospect);
    await validateForeignKeys(move.client, following.record.id);
    return finished;
  });
}

/** Applies and compares changes, in ever shorter rounds as fewer are made meanwhile. */
async function followClosely(move: Move, following: Following): Promise<void> {
  for (let round = 0; round < MAX_CATCH_UP_ROUNDS; round++) {
    const keys = await catchUp(move, following.record.id, following.plan, following.run.id);
    const compared = await compareSince(move, following);
    if (keys + compared <= MAX_ROWS_AT_FENCE) return;
  }
}

/**
 * Compares what was changed since it was last compared, as far as it is applied. Of a long log, what is compared is kept
 * now and then.
 *
 * @returns rows
 * @throws TransferError `source-busy` when the writers are faster
 */
async function compareSince(move: Move, { plan }: Following): Promise<number> {
  const { comparing, options, server, target } = move;
  const { id, applied, verified = 0n } = await required(move);
  const left = applied - verified;
  const meter = new ProgressMeter(
    'verify',
    Number(left),
    left < LINES_SHOWN ? undefined : options.onProgress,
  );
  const known = new ComparedKeys();
  let rows = 0;
  for (let from = verified; from < applied; ) {
    const upTo = from + LINES_KEPT < applied ? from + LINES_KEPT : applied;
    let at = from;
    const compared = await move.pool().withReader((reader) =>
      compareChanges({
        reader,
        digests: target.digests,
        plan,
        after: from,
        last: upTo,
        unchanged: unchangedInFile(applied),
        known,
        onPlace: (place, end) => {
          meter.add(Number(place - at), 0);
          at = place;
          if (end - place <= FENCE_LAG_THRESHOLD) comparing.caughtUp();
          else comparing.look(place, end);
        },
      }),
    );
    rows += compared.rows;
    await refuseDifferences(move, compared.differing);
    await inTransaction(move.client, 'BEGIN', async () => {
      await server.keep(id, { verified: upTo });
      await keepSeen(move, id);
    });
    from = upTo;
  }
  return rows;
}

/** Follows, looks for untracked changes, and hands over. */
async function followToTheEnd(move: Move, following: Following, prospect: Prospect): Promise<Finished> {
  await followClosely(move, following);
  const { record, plan } = following;
  if (record.checksumsAt === undefined) throw new ProgrammingError('a move that was compared has checksums');
  const late = new LateValues(move.file, plan);
  await late.refuse();
  const untracked = await UntrackedChanges.open(move, record.id, plan, record.checksumsAt);
  try {
    await findUntrackedChanges(move, plan, untracked);
    const witness = await move.openAnother();
    return await handOverInTime(
      async () => {
        await followClosely(move, following);
        await late.refuse();
        return handOver(move, following, prospect, { untracked, late, witness });
      },
      (left, attempts) =>
        `${move.file.file} was written to so much at each of ${attempts} moments at which it was to be handed over (${left} changes were left at the last one) that nobody could have written for longer than ${FENCE_MS / 1000} s; writers go on and nothing was handed over: ${WRITE_LESS}.`,
    );
  } finally {
    untracked.close();
  }
}

/** What looks at both sides, before the hand-over and as it is made. */
interface Watched {
  readonly untracked: UntrackedChanges;
  readonly late: LateValues;
  /** With nothing under way: it sees PostgreSQL as it is handed over. */
  readonly witness: PostgresTarget;
}

async function handOver(
  move: Move,
  following: Following,
  { looked, carried }: Prospect,
  { untracked, late, witness }: Watched,
): Promise<Finished> {
  const { file, server, client, target } = move;
  const { plan, record, run } = following;
  refuseOther(move, following);
  const tables = looked.served.map(quoteQualified);
  await waitForUsers(client, tables);
  const { applied } = await required(move);
  file.transition('fence', 'moving', () => {
    const left = file.logEnd().seq - applied;
    if (left > FENCE_LAG_THRESHOLD) throw new Outrun(left);
  });
  const fenced = performance.now();
  move.applying.deadline = fenced + FENCE_MS / 2;
  move.pool().othersWrite = false;
  const watchdog = new Watchdog(witness.client, await move.clients(), move.options.silenceMs);
  let attempted = false;
  try {
    const keys = await catchUp(move, record.id, plan, run.id);
    if (keys > MAX_ROWS_AT_FENCE) move.applying.refuseLate(BigInt(keys));
    const rowsVerifiedInFence = await compareSince(move, following);
    await late.refuse();
    await witness.client.query(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 'as it is handed over'`,
    );
    refuseHoldersOfOldFile(file.file);
    refuseOther(move, following);
    refuseLiftedFence(move);
    const highWaterMarks = file.reading((db) => readHighWaterMarks(db, plan));
    move.proof.give();
    await advanceSequences(client, plan, highWaterMarks);
    await server.transition('handOver', 'fenced', async () => {
      await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
      await dropHelperIndexes(client, plan);
      await restoreForeignKeys(client, record.id);
      await restoreTriggers(client, run.id);
      await refuseUnfit(move, following, highWaterMarks);
      if (tables.length > 0)
        await client.query(`LOCK TABLE ${tables.join(', ')} IN SHARE ROW EXCLUSIVE MODE`);
      await unfence(client);
      // Behind these locks; what is made without any is found at failback.
      await refuseChanged(looked, move, 'nothing was handed over; run the same command again');
      await refuseRows(target, withoutSource(plan, looked.served), true);
      await capture(client, carried);
      await trackFromHere(client, record.id, carried);
      await target.ledger.setState(run.id, 'complete');
      attempted = true;
    });
    const downtimeMs = performance.now() - fenced;
    await server.keep(record.id, { downtimeMs });
    file.transition('noteHandOver', 'serving');
    watchdog.stop();
    const { copiedAnew } = following;
    const rows = await checkLastMoment(move, plan, untracked, witness);
    await keepChecksums(client, record.id, []);
    return {
      outcome: 'handed-over',
      moveId: record.id,
      downtimeMs,
      rowsVerifiedInFence,
      copiedAnew,
      lastMomentChecked: true,
      rows,
    };
  } catch (error) {
    await liftFence(move, attempted, error);
    if (watchdog.hasBitten) throw hung(move, error);
    if (isSqlState(error, 'lock_not_available'))
      throw inUse(await findUser(client, tables), { cause: error });
    throw error;
  } finally {
    move.pool().othersWrite = true;
    move.applying.deadline = undefined;
    watchdog.stop();
  }
}

function hung({ options }: Move, cause: unknown): TransferError {
  return new TransferError(
    'target-silent',
    `PostgreSQL gave no sign of life while ${options.source} could not be written, so its writers go on and nothing was handed over: see that the server answers, then run the same command again.`,
    { cause },
  );
}

/** A file that was put back in place behind the fence takes writes again, and has lost others. */
function refuseLiftedFence({ file, pool }: Move): void {
  const { seen } = pool();
  if (file.state() === 'fenced' && (seen === undefined || file.holds(seen))) return;
  throw new TransferError(
    'source-changed',
    `${file.file} was put back to an earlier state behind the fence: run the same command again.`,
  );
}

/** Tables that no row of the file goes to. */
function withoutSource(plan: TransferPlan, served: readonly ServedTable[]): ServedTable[] {
  const filled = new Set(plan.tables.map(({ target }) => target.name));
  return served.filter(({ name }) => !filled.has(name));
}

/** What triggers cannot see. */
function refuseOther({ file }: Move, { record, plan }: Following): void {
  const now = file.reading((db) => identify(file.file, db));
  if (record.identity) refuseOtherFile(file.file, record.identity, now, plan);
}

async function refuseUnfit(
  move: Move,
  { record, plan }: Following,
  highWaterMarks: ReadonlyMap<string, bigint>,
): Promise<void> {
  const unvalidated = await unvalidatedForeignKeys(move.client, record.id);
  const { structure } = move.target;
  const { unfit } = await structure.verify(plan, unvalidated);
  const behind = await structure.sequencesBehind(plan, highWaterMarks);
  const faults = [...unfit, ...behind.map(({ sequence }) => `sequence ${sequence} is behind`)];
  if (faults.length === 0) return;
  throw new TransferError(
    'differences',
    `PostgreSQL is not made as it was when the move began: ${faults.join('; ')}.`,
  );
}

/** Where the hand-over was tried and its answer was lost, only the server knows, and asking it is for the next call. */
async function liftFence({ file, server }: Move, attempted: boolean, cause: unknown): Promise<void> {
  if (attempted) {
    const state = await server.state().catch(() => undefined);
    if (state === undefined) {
      throw new TransferError(
        'wrong-state',
        'The connection was lost during the hand-over, so it is not known whether PostgreSQL has taken over; the file takes no writes until it is.',
        { cause, next: { step: 'finish' } },
      );
    }
    if (state !== 'moving') return;
  }
  if (file.state() === 'fenced') file.transition('unfence', 'moving');
}

/**
 * Every row of the file was compared since it last changed, as far as the log knows: what remains to be found
 * are rows that changed without its knowledge, and rows that only PostgreSQL has.
 */
async function findUntrackedChanges(
  move: Move,
  plan: TransferPlan,
  untracked: UntrackedChanges,
): Promise<void> {
  const { applied } = await required(move);
  const tables = await move.pool().measure(plan, true);
  const { differing, counts } = await untracked.findBeside(tables, applied);
  await refuseDifferences(move, differing);
  // Where somebody wrote meanwhile, the counts are of different moments; they are compared when nobody can.
  const rows = await countTables(move.client, plan);
  if (move.file.logEnd().seq === applied) {
    await refuseOtherCounts(move, tables, counts, rows, BEGIN_ANEW);
  }
}

/** Compares the file with PostgreSQL as it was when it took over. @returns rows by table of the target */
async function checkLastMoment(
  move: Move,
  plan: TransferPlan,
  untracked: UntrackedChanges,
  witness: PostgresTarget,
): Promise<Record<string, number>> {
  const tables = await move.pool().measure(plan, true);
  const { differing, counts } = await untracked.findAfter(tables, witness);
  await refuseDifferences(move, differing, TAKEN_OVER, witness);
  const rows = await countTables(witness.client, plan);
  await refuseOtherCounts(move, tables, counts, rows, TAKEN_OVER, witness);
  await witness.client.query('COMMIT');
  return Object.fromEntries(plan.tables.map((table, i) => [table.target.name, rows[i] as number]));
}

const TAKEN_OVER: Aftermath = {
  what: 'they are untracked changes of the moment before the fence; PostgreSQL has taken over and serves without them, and the file, which takes no writes any more, holds them: enter them in PostgreSQL by hand, and see who writes so',
};

async function refuseOtherCounts(
  move: Move,
  tables: readonly PlannedTable[],
  inFile: ReadonlyMap<TablePlan, number>,
  inServer: readonly number[],
  aftermath: Aftermath,
  { digests } = move.target,
): Promise<void> {
  for (const [i, planned] of tables.entries()) {
    const rows = inFile.get(planned.table) ?? 0;
    if (rows === inServer[i]) continue;
    await refuseRowsOfServer(
      move,
      planned,
      { inFile: rows, inServer: inServer[i] as number },
      aftermath,
      digests,
    );
  }
}

async function countTables(client: Client, plan: TransferPlan): Promise<number[]> {
  const rows: number[] = [];
  for (const table of plan.tables) rows.push(await countRows(client, table));
  return rows;
}
