import type { TransferPlan } from '../plan/types.ts';
import type { Source } from '../source/source.ts';
import type { Target } from '../target/target.ts';
import { SourceDigest } from './digest-source.ts';
import { evaluate, type VerifiedTable } from './verify.ts';

/** A table of a plan that the target holds rows in already, and whether they are those that the source holds, value by value. */
export type SeededTable = Omit<VerifiedTable, 'sourceDigest' | 'targetDigest'>;

/** Compares the rows that the target holds already, and nobody decided on, with those of the source, as a proof does. */
export async function findSeeded(source: Source, target: Target, plan: TransferPlan): Promise<SeededTable[]> {
  const seeded = [];
  for (const table of plan.tables) {
    const isReplaced = plan.replaced?.some(({ name }) => name === table.target.name);
    if (!isReplaced && (await target.loader.holdsRows(table.target))) seeded.push(table);
  }
  if (seeded.length === 0) return [];
  const compared = { ...plan, tables: seeded };
  const view = await source.snapshot();
  const ours = await new SourceDigest(view, await view.measure(compared)).tables;
  const theirs = await target.digests.tables(compared, () => undefined);
  return seeded.map((table) => evaluate(table, ours, theirs));
}
