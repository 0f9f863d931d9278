import type { Client } from 'pg';
import { columnType } from '../column-types/registry.ts';
import type { ColumnPlan, TablePlan } from '../plan/types.ts';
import { quoteName } from '../quote.ts';
import type { DigestResult, RowRange, SourceView } from '../source/source.ts';
import { placeSumsQuery } from '../target/postgres/digest-sql.ts';

/** Where rows that differ can be: nowhere else do both sides differ. */
export interface Suspects {
  readonly ranges: readonly RowRange[];
  /** The same of the target's rows `r`, as a condition; undefined for all of them. */
  readonly condition: string | undefined;
}

/**
 * Finds the ranges whose sums differ, so that a wrong row among millions is looked for among some thousands. Only
 * where the target holds the rowid by which the source's ranges are cut; else every row is suspect.
 */
export async function findSuspects(
  view: SourceView,
  client: Client,
  table: TablePlan,
  ranges: readonly RowRange[],
): Promise<Suspects> {
  const column = rowidColumn(table);
  const cuts = ranges.flatMap(({ bounds }) => bounds ?? []);
  const [first] = cuts;
  const last = cuts.at(-1);
  if (column === undefined || first === undefined || last === undefined || ranges.length === 1) {
    return { ranges, condition: undefined };
  }
  const step = first.highest - first.lowest + 1n;
  const value = `r.${quoteName(column.target)}`;
  const within = `${value} BETWEEN ${first.lowest} AND ${last.highest}`;
  const place = `CASE WHEN ${within} THEN div(${value}::numeric - ${first.lowest}, ${step})::int END`;
  const { rows } = await client.query<SumsRow>(placeSumsQuery(table, place));
  const actual = new Map(rows.map((row) => [row.place, row]));
  const suspects: RowRange[] = [];
  await view.runAll([...ranges.entries()], async ([index, range], reader) => {
    if (!isEqual(await reader.run({ kind: 'digest', range }), actual.get(index))) suspects.push(range);
  });
  // Rows beyond all ranges are in no source.
  const conditions = suspects.map(
    ({ bounds }) => `${value} BETWEEN ${bounds?.lowest} AND ${bounds?.highest}`,
  );
  return { ranges: suspects, condition: [...conditions, `(${within}) IS NOT TRUE`].join(' OR ') };
}

interface SumsRow {
  readonly place: number | null;
  readonly rows: string;
  readonly high: string;
  readonly low: string;
}

function isEqual({ rows, sums: [high, low] }: DigestResult, actual: SumsRow | undefined): boolean {
  if (actual === undefined) return rows === 0;
  return (
    BigInt(actual.rows) === BigInt(rows) &&
    BigInt.asUintN(64, BigInt(actual.high)) === high &&
    BigInt.asUintN(64, BigInt(actual.low)) === low
  );
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
