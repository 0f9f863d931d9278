export { type CopyFile, writeCopyFiles } from './copy-files.ts';
export { TransferError, type TransferErrorKind } from './errors.ts';
export type {
  ColumnMapping,
  Derivation,
  NullReplacement,
  TableMapping,
  ThroughMapping,
  TransferMapping,
} from './mapping.ts';
export type { ColumnPlan, TablePlan, TransferPlan } from './plan/types.ts';
export type { SequenceBehind } from './postgres/sequences.ts';
export type { OnProgress, Progress, StageName } from './progress.ts';
export type { Alteration, RefusedValue, StorageCensus } from './readers/protocol.ts';
export type { Endpoints } from './session.ts';
export { openSource } from './sqlite/open.ts';
export type { InspectedTable, Inspection } from './stages/inspect.ts';
export type { Verification, VerifiedTable } from './stages/verify.ts';
export {
  DifferencesError,
  inspectSource,
  SourceRefusedError,
  type StageSeconds,
  type TransferOptions,
  type TransferReport,
  transfer,
  verifyTransfer,
} from './transfer.ts';
export type { Difference } from './verify/differences.ts';
