import { columnType } from '../column-types/registry.ts';
import type { ColumnPlan, TablePlan } from '../plan/types.ts';
import type { DigestResult, RowRange, SourceView } from '../source/source.ts';
import type { Digests, Suspected, TableDigest } from '../target/target.ts';

/** Where rows that differ can be: nowhere else do both sides differ. */
export interface Suspects {
  readonly ranges: readonly RowRange[];
  /** The same of the target's rows; undefined for all of them. */
  readonly suspected: Suspected | undefined;
}

/**
 * Finds the ranges whose sums differ, so that a wrong row among millions is looked for among some thousands. Only
 * where the target holds the rowid by which the source's ranges are cut; else every row is suspect.
 */
export async function findSuspects(
  view: SourceView,
  digests: Digests,
  table: TablePlan,
  ranges: readonly RowRange[],
): Promise<Suspects> {
  const column = rowidColumn(table);
  const cuts = ranges.flatMap(({ bounds }) => bounds ?? []);
  const [first] = cuts;
  const last = cuts.at(-1);
  if (column === undefined || first === undefined || last === undefined || ranges.length === 1) {
    return { ranges, suspected: undefined };
  }
  const width = first.highest - first.lowest + 1n;
  const places = { column, lowest: first.lowest, width, highest: last.highest };
  const actual = await digests.places(table, places);
  const suspects: RowRange[] = [];
  await view.runAll([...ranges.entries()], async ([index, range], reader) => {
    if (!isEqual(await reader.run({ kind: 'digest', range }), actual.get(index))) suspects.push(range);
  });
  return {
    ranges: suspects,
    suspected: { ...places, ranges: suspects.flatMap(({ bounds }) => bounds ?? []) },
  };
}

function isEqual({ rows, sums: [high, low] }: DigestResult, actual: TableDigest | undefined): boolean {
  if (actual === undefined) return rows === 0;
  return actual.rows === BigInt(rows) && actual.high === high && actual.low === low;
}

function rowidColumn({ rowid, columns }: TablePlan): ColumnPlan | undefined {
  return columns.find(
    ({ from, type, derive }) =>
      'column' in from &&
      from.column === rowid &&
      columnType(type).traits.highestInteger !== undefined &&
      derive === undefined,
  );
}
