/**
 * The change log that a captured SQLite file keeps: one line for every key that a write touched, in the order
 * of the writes. It says *that* a row changed, never how: whoever reads it makes the other side equal to what
 * the row is now, which may be done any number of times.
 *
 * Columns: `seq`, the line's place; `tbl`, the table; `k0`, `k1`, …, the values of its primary key.
 */
export const CHANGE_LOG = 'vatevo_cutover_change';

/** The log's column for the n-th column of a key, from 0. */
export function keyColumn(position: number): string {
  return `k${position}`;
}
