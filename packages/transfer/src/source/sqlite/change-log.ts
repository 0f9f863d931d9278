import type { Database } from 'better-sqlite3';
import { CHANGE_LOG } from '../../plan/bookkeeping.ts';
import type { LogPlace } from '../source.ts';

/**
 * The change log that a captured SQLite file keeps: one line for every key that a write touched, in the order
 * of the writes. It says *that* a row changed, never how: whoever reads it makes the other side equal to what
 * the row is now, which may be done any number of times.
 *
 * Columns: `seq`, the line's number; `mark`, a random number of its own; `tbl`, the table; `k0`, `k1`, …, the values
 * of its primary key.
 *
 * A line of another kind says that what rows point to changed, where the target holds a value of it in those rows,
 * too: `tbl` is {@link pointerName} then, and `k0` what the rows hold in the pointing column.
 */
export { CHANGE_LOG };

/** The log's column for the n-th column of a key, from 0. */
export function keyColumn(position: number): string {
  return `k${position}`;
}

/** What stands in a line's `tbl` for the rows of a table that point with a column to a changed row. */
export function pointerName(table: string, column: string): string {
  return JSON.stringify([table, column]);
}

/** The line's own number, which no other line has: drawn by SQLite as the line is written. */
export const MARK_COLUMN = 'mark INTEGER NOT NULL DEFAULT (random())';

/** Before the first line. */
export const LOG_START: LogPlace = { seq: 0n, mark: 0n };

/** Where the log ends. */
export function endOfLog(db: Database): LogPlace {
  const last = db.prepare(`SELECT * FROM ${CHANGE_LOG} ORDER BY seq DESC LIMIT 1`).get();
  return last === undefined ? LOG_START : placeOf(last as Line);
}

/** Whether the log still holds the line that it ended with when it was read. */
export function holdsPlace(db: Database, { seq, mark }: LogPlace): boolean {
  if (seq === 0n) return true;
  const line = db.prepare(`SELECT * FROM ${CHANGE_LOG} WHERE seq = ?`).get(seq);
  return line !== undefined && placeOf(line as Line).mark === mark;
}

/** Whether the lines of a log have marks. */
export function hasMarks(db: Database): boolean {
  const sql = `SELECT 1 FROM pragma_table_info('${CHANGE_LOG}') WHERE name = 'mark'`;
  return db.prepare(sql).get() !== undefined;
}

/** A log that an earlier release made has no marks. */
type Line = { readonly seq: bigint; readonly mark?: bigint };
const placeOf = ({ seq, mark = 0n }: Line): LogPlace => ({ seq, mark });
