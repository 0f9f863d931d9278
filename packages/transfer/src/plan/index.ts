/** What is to go where: two catalogs, and what is matched in them. */
export type { ColumnDecision, SqliteValue, TargetType } from '../column-types/types.ts';
export { decidesAnything, type SourceDecisions, sameDecisions } from '../mapping.ts';
export { quoteName, quoteQualified, quoteText } from '../quote.ts';
export { bookkeepingTool, isWrittenByReplication } from './bookkeeping.ts';
export type { SourceTable, TargetColumn, TargetTable } from './catalog.ts';
export { decisionOn, divided } from './decisions.ts';
export { formsOf, formWriter } from './form.ts';
export { misfit } from './misfit.ts';
export { pairByName } from './pair-by-name.ts';
export { namingColumn, namingTable } from './patterns.ts';
export { planTransfer } from './plan.ts';
export type { PlanFault } from './plan-table.ts';
export { primaryKeyOf } from './primary-key.ts';
export {
  type ColumnPlan,
  isCutByKey,
  type StoredForm,
  sourceColumns,
  sourceName,
  type TablePlan,
  type TransferPlan,
} from './types.ts';
