export type { NumericTimes } from './column-types/types.ts';
export { type CopyFile, writeCopyFiles } from './copy-files.ts';
export type { Derivation } from './derivation/types.ts';
export { TransferError, type TransferErrorKind } from './errors.ts';
export type {
  ColumnMapping,
  NullReplacement,
  SourceDecisions,
  TableMapping,
  ThroughMapping,
  TransferMapping,
} from './mapping.ts';
export type { Bookkeeping } from './plan/bookkeeping.ts';
export type { ColumnPlan, TablePlan, TransferPlan } from './plan/types.ts';
export type { SequenceBehind } from './postgres/sequences.ts';
export type { OnProgress, Progress, StageName } from './progress.ts';
export { quoteName, quoteText } from './quote.ts';
export type { Alteration, RefusedValue, RowReason, StorageCensus } from './readers/protocol.ts';
export type { Endpoints } from './session.ts';
export { readStoredTables, type SqliteTable } from './sqlite/catalog.ts';
export { openSource, unusable } from './sqlite/open.ts';
export { type ReachedSource, reachSource } from './sqlite/reach.ts';
export type { InspectedTable, Inspection } from './stages/inspect.ts';
export type { Quarantine, QuarantinedTable } from './stages/quarantine.ts';
export type { Verification, VerifiedTable } from './stages/verify.ts';
export {
  DifferencesError,
  inspectSource,
  SourceRefusedError,
  type StageSeconds,
  type StandaloneVerification,
  saveQuarantine,
  type TransferOptions,
  type TransferReport,
  transfer,
  verifyTransfer,
} from './transfer.ts';
export type { Difference } from './verify/differences.ts';
