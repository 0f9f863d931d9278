/** SQLite files, for who works in them beside a transfer. */

export { type Affinity, affinityOf } from './affinity.ts';
export { beginRead, beginWrite, isBusy, retryWhileBusy, withoutBusyHandler } from './busy.ts';
export { readAll, readSqliteCatalog } from './catalog.ts';
export {
  CHANGE_LOG,
  endOfLog,
  hasMarks,
  holdsPlace,
  keyColumn,
  LOG_START,
  MARK_COLUMN,
  pointerName,
} from './change-log.ts';
export { type FoundForms, findForms, type KindOfForm } from './forms.ts';
export { readHighWaterMarks } from './high-water-marks.ts';
export { openSource, useSource } from './open.ts';
export { canonicalForm } from './proof/canonical.ts';
export { keylessRow } from './readers/live.ts';
export { refusalOf } from './readers/row-encoder.ts';
export { shortReads } from './short-reads.ts';
export { columnsWithMore, isTooBig, MAX_READ } from './size.ts';
export { holdsData, SqliteSource } from './source.ts';
export { isChanged } from './source-sql.ts';
