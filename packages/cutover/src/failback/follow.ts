import { compareAll, compareChanges, type Unchanged } from '@vatevo/transfer/pipeline';
import type { TransferPlan } from '@vatevo/transfer/plan';
import { widenLog } from '../file/ledger.ts';
import { type Aftermath, refuseDifferences } from '../forward/differences.ts';
import type { Move } from '../move.ts';
import { FENCE_LAG_THRESHOLD, type Pursuit } from '../pursuit.ts';
import { MAX_CATCH_UP_ROUNDS, MAX_ROWS_AT_FENCE } from '../rounds.ts';
import type { MoveRecord } from '../server/ledger.ts';
import { applyToFile } from './apply.ts';
import { hasKeyChanges, lagBehind } from './changes.ts';
import { copyWhole, isAhead, logFromNow, tablesToCopy } from './copy.ts';
import type { FileKeys } from './file-keys.ts';
import type { RollbackOptions, Scope } from './scope.ts';
import type { ReturningTable } from './table.ts';

export interface Returning extends Scope {
  readonly move: Move;
  readonly options: RollbackOptions;
  readonly record: MoveRecord;
  readonly plan: TransferPlan;
  readonly tables: readonly ReturningTable[];
  readonly fileKeys: FileKeys;
  /** Of PostgreSQL's writers. */
  readonly pursuit: Pursuit;
}

/**
 * Copies, while PostgreSQL goes on serving, what its log does not tell.
 *
 * @param isNew the file was just made of what PostgreSQL holds, all of it logged since
 */
export async function copyAnew(
  { move, record, plan, tables, carried, options }: Returning,
  isNew: boolean,
): Promise<void> {
  const { client, file } = move;
  file.write((db) => {
    widenLog(db, Math.max(...plan.tables.map(({ key }) => key.length)));
    return null;
  });
  const { unlogged, unknown } = await tablesToCopy(client, record.id, carried);
  await logFromNow(client, record.id, unlogged);
  const since = file.read()?.applied ?? null;
  const all =
    options.copyAll ||
    (await isAhead(client, file)) ||
    // Which rows had which keys is known from where the file stands, and that is moved by a copy of all tables alone.
    (!isNew &&
      (await hasKeyChanges(
        client,
        since,
        unknown.map(({ name }) => name),
      )));
  const wanted = all ? carried : isNew ? unlogged : unknown;
  const names = new Set(wanted.map(({ name }) => name));
  await copyWhole(
    client,
    file,
    tables.filter(({ plan: { target } }) => names.has(target.name)),
    wanted === carried,
  );
}

/** Brings the file up to PostgreSQL, and compares all of it, while that goes on serving. @returns rows compared */
export async function compareAllRows(returning: Returning, unchanged: Unchanged): Promise<number> {
  const { move, plan, tables, fileKeys } = returning;
  const { client, file, options } = move;
  await applyToFile({ client, file, tables, fileKeys, isNamed: false });
  const measured = await move.pool().measure(plan);
  const all = await compareAll(move.pool(), move.target.digests, measured, unchanged, options.onProgress);
  await refuseDifferences(move, all.differing, goesOnServing(returning));
  return all.rows;
}

/**
 * Applies and compares changes, in ever shorter rounds as fewer are made meanwhile.
 *
 * @throws TransferError `source-busy` when the writers are faster
 */
export async function followClosely(returning: Returning, unchanged: Unchanged): Promise<void> {
  const { move, pursuit } = returning;
  for (let round = 1; ; round++) {
    const rows = await applyAndCompare(returning, unchanged);
    if (rows <= MAX_ROWS_AT_FENCE) break;
    const { end, left } = await lagBehind(move.client, move.file.read()?.applied ?? null);
    if (left > FENCE_LAG_THRESHOLD) pursuit.look(end - left, end);
    else if (round < MAX_CATCH_UP_ROUNDS) pursuit.caughtUp();
    else break;
  }
  pursuit.caughtUp();
}

export function goesOnServing({ options }: Pick<Returning, 'options'>): Aftermath {
  return options.copyAll
    ? {
        what: 'PostgreSQL goes on serving; the columns of the file do not keep these values as they are',
        next: { step: 'change-or-close' },
      }
    : { what: 'PostgreSQL goes on serving', next: { step: 'copy-all' } };
}

/** @returns rows */
export async function applyAndCompare(returning: Returning, unchanged: Unchanged): Promise<number> {
  const { move, plan, tables, fileKeys, pursuit } = returning;
  const { client, file } = move;
  const after = file.logEnd().seq;
  const keys = await applyToFile({
    client,
    file,
    tables,
    fileKeys,
    isNamed: true,
    onKeys: (keys) => {
      if (keys > MAX_ROWS_AT_FENCE) pursuit.refuseLate(BigInt(keys));
    },
  });
  const last = file.logEnd().seq;
  const compared = await move
    .pool()
    .withReader((reader) =>
      compareChanges({ reader, digests: move.target.digests, plan, after, last, unchanged }),
    );
  await refuseDifferences(move, compared.differing, goesOnServing(returning));
  return Math.max(keys, compared.rows);
}
