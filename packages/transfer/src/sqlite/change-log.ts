/**
 * The change log that a captured SQLite file keeps: one line for every key that a write touched, in the order
 * of the writes. It says *that* a row changed, never how: whoever reads it makes the other side equal to what
 * the row is now, which may be done any number of times.
 *
 * Columns: `seq`, the line's place; `tbl`, the table; `k0`, `k1`, …, the values of its primary key.
 *
 * A line of another kind says that what rows point to changed, where the target holds a value of it in those rows,
 * too: `tbl` is {@link pointerName} then, and `k0` what the rows hold in the pointing column.
 */
export const CHANGE_LOG = 'vatevo_cutover_change';

/** The log's column for the n-th column of a key, from 0. */
export function keyColumn(position: number): string {
  return `k${position}`;
}

/** What stands in a line's `tbl` for the rows of a table that point with a column to a changed row. */
export function pointerName(table: string, column: string): string {
  return JSON.stringify([table, column]);
}
