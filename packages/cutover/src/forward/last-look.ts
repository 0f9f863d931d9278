import type { PlannedTable } from '@vatevo/transfer/pipeline';
import type { TablePlan, TransferPlan } from '@vatevo/transfer/plan';
import type { PostgresTarget } from '@vatevo/transfer/postgres';
import type { Client } from 'pg';
import { type Move, required } from '../move.ts';
import { countRows } from '../server/count-rows.ts';
import { type Aftermath, BEGIN_ANEW, refuseDifferences, refuseRowsOfServer } from './differences.ts';
import type { UntrackedChanges } from './untracked-changes.ts';

/**
 * Every row of the file was compared since it last changed, as far as the log knows: what remains to be found
 * are rows that changed without its knowledge, and rows that only PostgreSQL has.
 */
export async function findUntrackedChanges(
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
export async function checkLastMoment(
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
