import { columnType } from '../column-types/registry.ts';
import type { CheckConstraint } from '../plan/catalog.ts';
import type { PlannedTable, RowRange } from '../source/source.ts';

/** One comparison of a name with a whole number, as PostgreSQL prints it, without the parentheses. */
const COMPARISON =
  /^(?:[a-z_][a-z0-9_]*|"[^"]+") (?:>=|<=|>|<|=) (?:-?\d+|'-?\d+'::(?:smallint|integer|bigint|numeric))$/;

/** Whether what lies between two numbers that a CHECK lets in is let in, too: all that it does is compare with numbers. */
export function isInterval({ expression, columns }: CheckConstraint): boolean {
  const comparisons = expression.replace(/[()]/g, '').split(' AND ');
  return columns.length === 1 && comparisons.every((one) => COMPARISON.test(one));
}

/**
 * The rows with the least and the greatest number in the column that a table is cut by; undefined where that is not the
 * column, or its numbers do not arrive as they are.
 */
export function outermost({ table, extent }: PlannedTable): readonly RowRange[] | undefined {
  const [column] = table.columns;
  if (table.columns.length !== 1 || column === undefined || extent.bounds === undefined) return undefined;
  const { from, decision, derive, numericTimes, type } = column;
  const isAsStored = decision === undefined && derive === undefined && numericTimes === undefined;
  const isCutBy = 'column' in from && from.column === table.rowid;
  if (!isCutBy || !isAsStored || columnType(type).traits.highestInteger === undefined) return undefined;
  const { lowest, highest } = extent.bounds;
  return [...new Set([lowest, highest])].map((rowid) => ({
    table,
    bounds: { lowest: rowid, highest: rowid },
  }));
}
