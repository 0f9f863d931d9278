/**
 * The parts that a move of a live database is put together from: `@vatevo/cutover` is their only user, and
 * what applications need is in the package's main entry.
 */
export { TransferError } from './errors.ts';
export { type ApplyOptions, applyChanges } from './live/apply.ts';
export { type ChecksummedTable, changedRowids, checksumAll } from './live/checksum.ts';
export {
  type Comparison,
  compareAll,
  compareChanges,
  compareRowids,
  type DifferingRow,
  showDifferences,
  type Unchanged,
  unchangedInFile,
} from './live/compare.ts';
export { checkLive, copyLive, refused } from './live/copy.ts';
export { matchKeys } from './live/match-keys.ts';
export { readLoggedKeys } from './live/read.ts';
export { bookkeepingTool, isWrittenByReplication } from './plan/bookkeeping.ts';
export { planTransfer } from './plan/plan.ts';
export { type ColumnPlan, isCutByKey, type TablePlan, type TransferPlan } from './plan/types.ts';
export { type PostgresTable, readPostgresCatalog } from './postgres/catalog.ts';
export { discardRun } from './postgres/discard.ts';
export { forgetCopied } from './postgres/forget-copied.ts';
export { refuseFullDisk } from './postgres/free-space.ts';
export { inTransaction } from './postgres/in-transaction.ts';
export {
  createLedger,
  findRun,
  insertRun,
  LEDGER_SCHEMA,
  type Run,
  readAlterations,
  readRanges,
  setState,
} from './postgres/ledger.ts';
export { lockTables, lockTransfer } from './postgres/lock.ts';
export { putAside, readPutAside, validateConstraints } from './postgres/put-aside.ts';
export { createQuarantine } from './postgres/quarantine.ts';
export { advanceSequences, sequencesBehind } from './postgres/sequences.ts';
export { readRecordedStructure, recordStructure } from './postgres/structure.ts';
export { quoteName, quoteQualified, quoteText } from './quote.ts';
export { ReaderPool } from './readers/pool.ts';
export type { RowChecksums } from './readers/protocol.ts';
export { prepare, Session } from './session.ts';
export { readSqliteCatalog, type SqliteTable } from './sqlite/catalog.ts';
export {
  CHANGE_LOG,
  endOfLog,
  hasMarks,
  holdsPlace,
  keyColumn,
  LOG_START,
  type LogPlace,
  MARK_COLUMN,
  pointerName,
} from './sqlite/change-log.ts';
export { fingerprintSource } from './sqlite/fingerprint.ts';
export { readGivenOut } from './sqlite/given-out.ts';
export { openSource } from './sqlite/open.ts';
export { beginRead, beginWrite } from './sqlite/patience.ts';
export { measureTables } from './stages/inspect.ts';
export type { PlannedTable } from './stages/ranges.ts';
export { settle } from './stages/settle.ts';
export { verifyStructure } from './verify/structure.ts';
