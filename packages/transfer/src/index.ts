export type { ColumnDecision, NumericTimes, StorageCensus } from './column-types/types.ts';
export type { Derivation } from './derivation/types.ts';
export {
  codeOf,
  type Direction,
  type NextStep,
  ProgrammingError,
  TransferError,
  type TransferErrorKind,
} from './errors.ts';
export {
  type ColumnMapping,
  joinDecisions,
  type NullReplacement,
  type SourceDecisions,
  type TableMapping,
  type ThroughMapping,
  type TransferMapping,
} from './mapping.ts';
export type { Difference } from './pipeline/differences.ts';
export type { InspectedTable, Inspection, RefusalGroup } from './pipeline/inspect.ts';
export type { Quarantine, QuarantinedTable } from './pipeline/quarantine/set-aside.ts';
export type { Verification, VerifiedTable } from './pipeline/verify.ts';
export type { Bookkeeping } from './plan/bookkeeping.ts';
export type { SourceTable as SqliteTable } from './plan/catalog.ts';
export type { Alteration, RefusedValue, RowReason } from './plan/rows.ts';
export type { ColumnPlan, TablePlan, TransferPlan } from './plan/types.ts';
export type { OnProgress, Progress, StageName } from './progress.ts';
export { quoteName, quoteText } from './quote.ts';
export { saveQuarantine } from './save-quarantine.ts';
export { type Endpoints, type Session, useSession } from './session.ts';
export {
  type Becoming,
  type ColumnEvidence,
  type Reading,
  type ReadingEvidence,
  saysSecret,
} from './source/evidence.ts';
export type { SourceCatalog } from './source/source.ts';
export { readStoredTables } from './source/sqlite/catalog.ts';
export { readEvidence } from './source/sqlite/evidence/read-evidence.ts';
export { openSource, unusable } from './source/sqlite/open.ts';
export { type ReadableSource, readableSource } from './source/sqlite/readable.ts';
export { ReaderThreads } from './source/sqlite/readers/threads.ts';
export type { SequenceBehind } from './target/target.ts';
export { inspectSource, type TransferOptions, transfer } from './transfer.ts';
export {
  DifferencesError,
  SourceRefusedError,
  type StageSeconds,
  type TransferReport,
} from './transfer-report.ts';
export { type StandaloneVerification, verifyTransfer } from './verify-transfer.ts';
