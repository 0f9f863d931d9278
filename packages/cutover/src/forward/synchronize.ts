import { TransferError } from '@vatevo/transfer';
import { decidesAnything, sameDecisions, type TransferPlan } from '@vatevo/transfer/plan';
import { inTransaction } from '@vatevo/transfer/postgres';
import { identify, isFile, refuseHoldersOfOldFile, refuseOtherFile } from '../file/identity.ts';
import { type Move, required } from '../move.ts';
import { failedBackElsewhere, logsNothing, rowsGone, unknownMove } from '../out-of-place.ts';
import type { MoveRecord } from '../server/ledger.ts';
import { fence, unfencedTables } from '../server/triggers.ts';
import { takeBack } from './lost-hand-over.ts';
import { reserve } from './reserve.ts';
import { type Following, resumeRun } from './resume-run.ts';

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
  let { file: fileState, record } = await move.look();
  const isUnderWay = record?.state === 'reserved' || record?.state === 'moving';
  if (!isUnderWay || !isFile(file.file, record?.identity)) refuseHoldersOfOldFile(file.file);
  if (record && isUnderWay) {
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
      const plan = await planOf(move);
      // Asked last: the server may have been lost, and a standby promoted that stands elsewhere.
      file.capture(record.id, plan, await server.state());
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

async function fenceNewTables(move: Move): Promise<void> {
  const tables = await unfencedTables(move.client, await move.served());
  if (tables.length > 0)
    await inTransaction(move.client, 'BEGIN', () => fence(move.client, tables, 'arriving'));
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
