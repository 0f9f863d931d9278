import { TransferError } from '../errors.ts';
import type { TransferPlan } from '../plan/types.ts';
import type { Source, SourceCatalog } from '../source/source.ts';
import type { SequenceLimit, Target } from '../target/target.ts';

/**
 * Refuses a target that could not take the tables, or not be finished when they are loaded.
 *
 * @throws TransferError `target-unfit` with everything that is in the way
 */
export async function refuseObstacles(
  source: Source,
  target: Target,
  plan: TransferPlan,
  highWaterMarks: ReadonlyMap<string, bigint>,
): Promise<void> {
  const { found: obstacles, limits } = await target.fitness.obstacles(plan);
  const small = source.look((catalog) =>
    limits.flatMap((limit) => tooSmall(limit, plan, catalog, highWaterMarks)),
  );
  const found = [...obstacles, ...small];
  if (found.length === 0) return;
  throw unfit(found);
}

/** @param obstacles each as a sentence with what to do about it */
export function unfit(obstacles: readonly string[]): TransferError {
  return new TransferError('target-unfit', `The target cannot take these tables: ${obstacles.join('; ')}.`);
}

function tooSmall(
  { sequence, schema, table, column, isDescending, lowest, highest }: SequenceLimit,
  plan: TransferPlan,
  catalog: SourceCatalog,
  highWaterMarks: ReadonlyMap<string, bigint>,
): string[] {
  const planned = plan.tables.find(({ target }) => target.schema === schema && target.name === table);
  const from = planned?.columns.find(({ target }) => target === column)?.from;
  if (planned === undefined || from === undefined || !('column' in from)) return [];
  const stored = catalog.extremes(planned.source, from.column);
  const given = from.column === planned.rowid ? (highWaterMarks.get(table) ?? 0n) : 0n;
  const [last, end, none] = isDescending
    ? [stored?.lowest ?? 0n, lowest, 'NO MINVALUE']
    : [stored && stored.highest > given ? stored.highest : given, highest, 'NO MAXVALUE'];
  if (isDescending ? last >= end : last <= end) return [];
  const longer = `ALTER SEQUENCE ${sequence} AS bigint ${none}`;
  const advice = isEndOfType(end)
    ? longer
    : `give such rows other values, or, if the column may hold them, ${longer}`;
  return [
    `the sequence ${sequence} of ${table}.${column} ends at ${end}, and ${last} was given out: ${advice}`,
  ];
}

/** Whether a sequence ends there because its type does; any other end was somebody's choice. */
function isEndOfType(end: bigint): boolean {
  return [15n, 31n, 63n].some((bits) => end === 2n ** bits - 1n || end === -(2n ** bits));
}
