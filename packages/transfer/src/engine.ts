/**
 * The parts that a move of a live database is put together from: `@vatevo/cutover` is their only user, and
 * what applications need is in the package's main entry.
 */
export { refused, TransferError } from './errors.ts';
export { type ApplyOptions, applyChanges } from './pipeline/apply.ts';
export { beginRun, holdsRows, refuseRows, runStartNow } from './pipeline/begin.ts';
export { type ChecksummedTable, changedRowids, checksumAll } from './pipeline/checksum.ts';
export {
  type Comparison,
  compareAll,
  compareChanges,
  compareRowids,
  type DifferingRow,
  showDifferences,
  type Unchanged,
  unchangedInFile,
} from './pipeline/compare.ts';
export { copy } from './pipeline/copy.ts';
export { inspect } from './pipeline/inspect.ts';
export { readLoggedKeys } from './pipeline/logged-keys.ts';
export { bookkeepingTool, isWrittenByReplication } from './plan/bookkeeping.ts';
export type { SourceTable, TargetTable } from './plan/catalog.ts';
export { planTransfer } from './plan/plan.ts';
export { type ColumnPlan, isCutByKey, sourceName, type TablePlan, type TransferPlan } from './plan/types.ts';
export { quoteName, quoteQualified, quoteText } from './quote.ts';
export { prepare, Session } from './session.ts';
export type { LogPlace, PlannedTable, RowChecksums, SourceReader, SourceView } from './source/source.ts';
export { readSqliteCatalog } from './source/sqlite/catalog.ts';
export {
  CHANGE_LOG,
  endOfLog,
  hasMarks,
  holdsPlace,
  keyColumn,
  LOG_START,
  MARK_COLUMN,
  pointerName,
} from './source/sqlite/change-log.ts';
export { fingerprintSource } from './source/sqlite/fingerprint.ts';
export { readGivenOut } from './source/sqlite/given-out.ts';
export { LiveView } from './source/sqlite/live.ts';
export { openSource } from './source/sqlite/open.ts';
export { beginRead, beginWrite } from './source/sqlite/patience.ts';
export { canonicalForm } from './source/sqlite/proof/canonical.ts';
export { keylessRow } from './source/sqlite/readers/live.ts';
export { readPostgresCatalog } from './target/postgres/catalog.ts';
export { discardRun } from './target/postgres/discard.ts';
export { forgetCopied } from './target/postgres/forget-copied.ts';
export { refuseFullDisk } from './target/postgres/free-space.ts';
export { inTransaction } from './target/postgres/in-transaction.ts';
export {
  createLedger,
  findRun,
  LEDGER_SCHEMA,
  type Run,
  setState,
} from './target/postgres/ledger.ts';
export { lockTables, lockTransfer } from './target/postgres/lock.ts';
export { matchKeys } from './target/postgres/match-keys.ts';
export { readPutAside } from './target/postgres/put-aside.ts';
export { advanceSequences, sequencesBehind } from './target/postgres/sequences.ts';
export { restoreTriggers, silenceTriggers } from './target/postgres/silence.ts';
export { settle } from './target/postgres/settle.ts';
export { readRecordedStructure } from './target/postgres/structure.ts';
export { verifyStructure } from './target/postgres/verify-structure.ts';
