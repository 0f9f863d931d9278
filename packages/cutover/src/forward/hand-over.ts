import { isSqlState } from '@vatevo/connection';
import { TransferError } from '@vatevo/transfer';
import { refuseRows } from '@vatevo/transfer/pipeline';
import { quoteQualified, type TransferPlan } from '@vatevo/transfer/plan';
import {
  advanceSequences,
  findUser,
  inUse,
  type PostgresTarget,
  restoreTriggers,
  waitForUsers,
} from '@vatevo/transfer/postgres';
import { readHighWaterMarks } from '@vatevo/transfer/sqlite';
import { type Prospect, refuseChanged } from '../failback/refuse.ts';
import { identify, refuseHoldersOfOldFile, refuseOtherFile } from '../file/identity.ts';
import { type Move, required } from '../move.ts';
import { FENCE_LAG_THRESHOLD, Outrun } from '../pursuit.ts';
import { FENCE_MS, MAX_ROWS_AT_FENCE } from '../rounds.ts';
import { keepChecksums } from '../server/checksums.ts';
import type { ServedTable } from '../server/tables.ts';
import { trackFromHere } from '../server/tracked.ts';
import { capture, unfence } from '../server/triggers.ts';
import { catchUp } from './catch-up.ts';
import { compareSince } from './follow.ts';
import { restoreForeignKeys, unvalidatedForeignKeys } from './foreign-keys.ts';
import { dropHelperIndexes } from './helper-indexes.ts';
import { checkLastMoment } from './last-look.ts';
import type { LateValues } from './late-values.ts';
import type { Following } from './resume-run.ts';
import type { UntrackedChanges } from './untracked-changes.ts';
import { Watchdog } from './watchdog.ts';

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

/** What looks at both sides, before the hand-over and as it is made. */
interface Watched {
  readonly untracked: UntrackedChanges;
  readonly late: LateValues;
  /** With nothing under way: it sees PostgreSQL as it is handed over. */
  readonly witness: PostgresTarget;
}

export async function handOver(
  move: Move,
  following: Following,
  prospect: Prospect,
  { untracked, late, witness }: Watched,
): Promise<Finished> {
  const { file, server, client } = move;
  const { plan, record, run } = following;
  refuseOther(move, following);
  const tables = prospect.looked.served.map(quoteQualified);
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
      await serveFromHere(move, following, prospect, highWaterMarks);
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

/** In the transaction that hands over: PostgreSQL is made whole, and logs its changes. */
async function serveFromHere(
  move: Move,
  following: Following,
  { looked, carried }: Prospect,
  highWaterMarks: ReadonlyMap<string, bigint>,
): Promise<void> {
  const { client, target } = move;
  const { plan, record, run } = following;
  const tables = looked.served.map(quoteQualified);
  await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
  await dropHelperIndexes(client, plan);
  await restoreForeignKeys(client, record.id);
  await restoreTriggers(client, run.id);
  await refuseUnfit(move, following, highWaterMarks);
  if (tables.length > 0) await client.query(`LOCK TABLE ${tables.join(', ')} IN SHARE ROW EXCLUSIVE MODE`);
  await unfence(client);
  // Behind these locks; what is made without any is found at failback.
  await refuseChanged(looked, move, 'nothing was handed over; run the same command again');
  await refuseRows(target, withoutSource(plan, looked.served), true);
  await capture(client, carried);
  await trackFromHere(client, record.id, carried);
  await target.ledger.setState(run.id, 'complete');
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
