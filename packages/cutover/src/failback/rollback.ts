import { existsSync } from 'node:fs';
import { prepare } from '@vatevo/transfer/pipeline';
import { inodeOf, isFile, refuseHoldersOfOldFile } from '../file/identity.ts';
import { type Move, withMove } from '../move.ts';
import { FENCE_LAG_THRESHOLD, Pursuit, shown, WRITE_LESS } from '../pursuit.ts';
import { FENCE_MS, handOverInTime } from '../rounds.ts';
import type { MoveRecord } from '../server/ledger.ts';
import { unfence } from '../server/triggers.ts';
import { buildFile } from './build.ts';
import { logFromNow, tablesToCopy } from './copy.ts';
import { FileKeys } from './file-keys.ts';
import { compareAllRows, copyAnew, followClosely, type Returning } from './follow.ts';
import { endFailback, handOverToFile, type RolledBack } from './hand-over.ts';
import { unchangedInServer } from './logged.ts';
import { withRecordedForms } from './recorded-forms.ts';
import { keepAll, virtualTables } from './refuse.ts';
import { bringToRelease } from './release.ts';
import { type RollbackOptions, scopeOf } from './scope.ts';
import { returningTables } from './table.ts';
import { noFile, olderFormat, otherFile, refuseOtherThan } from './wrong-state.ts';

/**
 * Goes back to a SQLite file of our own format (`source`) with everything that was written to PostgreSQL since
 * it took over.
 *
 * 1. bring the file to the release that PostgreSQL is at; where the move came from another format, make it from a
 *    snapshot of PostgreSQL;
 * 2. refuse what would not come along;
 * 3. copy the tables whose changes the log does not tell: those that are new, or are not made as they were;
 * 4. apply PostgreSQL's changes to the file, and compare every row, while the service goes on;
 * 5. fence PostgreSQL, unless more is left by then than a moment suffices for: then follow again;
 * 6. apply and compare the rest, count all rows, set the ids that are assigned next;
 * 7. open the file: that is the hand-over.
 *
 * Whatever stands in the way lifts the fence again, and PostgreSQL goes on serving.
 */
export async function rollback(options: RollbackOptions): Promise<RolledBack> {
  let isNew = false;
  return withMove(
    options,
    (move) => failBack(move, options, isNew),
    async (move) => {
      const record = await move.server.read();
      refuseOtherThan(record, ['serving', 'fenced', 'failed-back']);
      if (existsSync(options.source)) return;
      const { returning, source: file } = options;
      if (record.format === 'own' || record.state === 'failed-back' || returning === undefined)
        throw noFile(file);
      const check = async (empty: string) => {
        const scope = await scopeOf(move, options, record, empty);
        // Before the snapshot that the file is made of: whatever changes behind it must be in the log.
        const { unlogged } = await tablesToCopy(move.client, record.id, scope.carried);
        await logFromNow(move.client, record.id, unlogged);
        return scope;
      };
      await buildFile({ move, record, file, returning, check });
      isNew = true;
    },
  );
}

async function failBack(move: Move, options: RollbackOptions, isNew: boolean): Promise<RolledBack> {
  const { file, server, client } = move;
  const { file: state, record } = await move.look();
  if (!isFile(file.file, record?.identity)) refuseHoldersOfOldFile(file.file);
  refuseOtherThan(record, ['serving', 'fenced', 'failed-back']);
  const handedToFile = state === 'released' && record.returnInode === inodeOf(file.file);
  if (record.state === 'failed-back' || (record.state === 'fenced' && handedToFile))
    return endEarlier(move, record);
  if (state === 'fenced' && record.state === 'serving') file.transition('noteHandOver', 'serving');
  if (file.state() !== 'handed-over') throw otherFile(file.file);
  if (record.format !== 'own' && inodeOf(file.file) === record.identity?.inode) throw olderFormat(file.file);
  // A process that died behind the fence: nothing was handed back, so writers need not wait for what follows.
  if (record.state === 'fenced')
    await server.transition('unfenceServer', 'handed-over', () => unfence(client));

  const { returning, migrations } = await prepareReturn(move, options, record);
  await copyAnew(returning, isNew);
  const unchanged = unchangedInServer(
    client,
    returning.plan,
    returning.looked.served,
    () => file.read()?.applied ?? null,
  );
  const rowsCompared = await compareAllRows(returning, unchanged);
  const handedOver = await handOverInTime(
    async () => {
      await followClosely(returning, unchanged);
      return handOverToFile(returning);
    },
    (_, attempts) =>
      `PostgreSQL was written to so much at each of ${attempts} moments at which it was to be handed back (more than ${shown(FENCE_LAG_THRESHOLD)} changes were left, or very large ones) that nobody could have written for longer than ${FENCE_MS / 1000} s; ${NOT_HANDED_BACK}: ${WRITE_LESS}.`,
  );
  return { ...handedOver, rowsCompared, migrations };
}

/** What is left to do when the file took over before. */
async function endEarlier(move: Move, record: MoveRecord): Promise<RolledBack> {
  move.file.removeRest();
  return {
    outcome: 'already-failed-back',
    moveId: record.id,
    downtimeMs: record.downtimeMs,
    rowsCompared: 0,
    rowsVerifiedInFence: 0,
    rows: {},
    migrations: [],
    leftBehind: move.decisions.leaveBehind,
    strays: record.state === 'fenced' ? await endFailback(move) : [],
    virtualTables: virtualTables(move.file.file),
  };
}

/** Brings the file to PostgreSQL's release, and pairs the two. @throws TransferError for what would not come along */
async function prepareReturn(
  move: Move,
  options: RollbackOptions,
  record: MoveRecord,
): Promise<{ readonly returning: Returning; readonly migrations: readonly string[] }> {
  const { file, client } = move;
  const migrations = options.returning
    ? await bringToRelease(file.file, options.returning, async (copy) => {
        await scopeOf(move, options, record, copy);
      })
    : [];
  const scope = await scopeOf(move, options, record, file.file);
  await keepAll(client, record.id, scope.misfits, move.decisions.notOurs);
  const { plan: pairs } = await prepare(move.source, move.target, scope.mapping, '');
  const plan = withRecordedForms(pairs, scope.begun);
  const tables = returningTables(plan, scope.carried, move.source.maxRead);
  const fileKeys = new FileKeys();
  const pursuit = new Pursuit(
    ({ behind, written, done }) =>
      `PostgreSQL is written to faster than ${file.file} follows: that is ${behind} changes behind, of ${written} a second ${done} are applied and compared; ${NOT_HANDED_BACK}: ${WRITE_LESS}.`,
    options.paceWindowMs,
  );
  return { returning: { move, options, record, plan, tables, fileKeys, pursuit, ...scope }, migrations };
}

const NOT_HANDED_BACK =
  'PostgreSQL goes on serving, nothing was handed back, and what is applied to the file is kept';
