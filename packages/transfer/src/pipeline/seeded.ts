import type { TransferPlan } from '../plan/types.ts';
import type { Source } from '../source/source.ts';
import type { Target } from '../target/target.ts';
import { SourceDigest } from './digest-source.ts';

/** A table of a plan that the target holds rows in already. */
export interface SeededTable {
  readonly source: string;
  readonly target: string;
  readonly sourceRows: number;
  readonly targetRows: number;
  /** Whether they are the rows that the source holds, value by value. */
  readonly equal: boolean;
}

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
  return seeded.map(({ source: name, target: { name: table } }) => {
    const [own, its] = [ours, theirs].map(
      (digests) => digests.get(table) ?? { rows: 0n, high: 0n, low: 0n },
    ) as [Digest, Digest];
    return {
      source: name,
      target: table,
      sourceRows: Number(own.rows),
      targetRows: Number(its.rows),
      equal: own.rows === its.rows && own.high === its.high && own.low === its.low,
    };
  });
}

type Digest = { readonly rows: bigint; readonly high: bigint; readonly low: bigint };
