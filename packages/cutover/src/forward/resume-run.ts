import { ProgrammingError } from '@vatevo/transfer';
import {
  checksumAll,
  compareAll,
  copy,
  isReadToEnd,
  type Run,
  runStartNow,
  unchangedInFile,
} from '@vatevo/transfer/pipeline';
import { isCutByKey, type TransferPlan } from '@vatevo/transfer/plan';
import { forgetCopied, inTransaction, silenceTriggers } from '@vatevo/transfer/postgres';
import { hasMarks, readHighWaterMarks } from '@vatevo/transfer/sqlite';
import { identify, refuseOtherFile } from '../file/identity.ts';
import { type Move, required } from '../move.ts';
import { earlierRelease, rowsGone } from '../out-of-place.ts';
import { keepChecksums } from '../server/checksums.ts';
import type { MoveRecord } from '../server/ledger.ts';
import { fencedTables, TRIGGERS } from '../server/triggers.ts';
import { catchUp, keepSeen } from './catch-up.ts';
import { refuseDifferences } from './differences.ts';
import { discardRows } from './discard.ts';
import { relaxForeignKeys } from './foreign-keys.ts';
import { createHelperIndexes } from './helper-indexes.ts';
import { refuseUnplacedValues } from './late-values.ts';
import { beginMoving } from './reserve.ts';

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

export async function resumeRun(move: Move, record: MoveRecord): Promise<Following> {
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
    refuseUnplacedValues(move, plan);
    await forgetHalves(move, run);
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

/** How far a table without rowids was copied, only the process knows that copied it. */
async function forgetHalves({ client, target }: Move, { id, plan }: Run): Promise<void> {
  const done = await target.ledger.readRanges(id);
  const halves = plan.tables.filter((table) => table.rowid === undefined && !isReadToEnd(table, done));
  await inTransaction(client, 'BEGIN', () => forgetCopied(client, id, halves));
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
  const byRowid = plan.tables.filter((table) => table.rowid !== undefined && !isCutByKey(table));
  await inTransaction(client, 'BEGIN', async () => {
    if (state === 'copying') await forgetCopied(client, id, byRowid);
    if (byRowid.length > 0) await server.forgetProof(record.id);
    await server.keepIdentity(record.id, now);
  });
  return byRowid.length > 0;
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
