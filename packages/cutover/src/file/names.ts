import { CUTOVER, FENCE_MARK } from '@vatevo/cutover-state';
import { quoteName } from '@vatevo/transfer/plan';
import { CHANGE_LOG } from '@vatevo/transfer/sqlite';

/** Everything that a move puts into a SQLite file begins with this. */
export const PREFIX = CUTOVER;

/** The file's own record of the move: one row. */
export const RECORD = CUTOVER;

/** The tables of ours, which are no data. */
export const OUR_TABLES: readonly string[] = [RECORD, CHANGE_LOG];

/** What a writer is told by a fenced file; the first word is what programs know it by. */
export const FENCE_MESSAGE = `${FENCE_MARK} this database takes no more writes, because it is moving to PostgreSQL; nothing of this statement was written, repeat it there in a few seconds`;

export function triggerName(purpose: string, table: string): string {
  return quoteName(`${PREFIX}_${purpose}_${table}`);
}
