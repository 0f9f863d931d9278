/** What is to go where: two catalogs, and what is matched in them. */
export { decidesAnything, type SourceDecisions, sameDecisions } from '../mapping.ts';
export { quoteName, quoteQualified, quoteText } from '../quote.ts';
export { bookkeepingTool, isWrittenByReplication } from './bookkeeping.ts';
export type { SourceTable, TargetTable } from './catalog.ts';
export { planTransfer } from './plan.ts';
export { type ColumnPlan, isCutByKey, sourceName, type TablePlan, type TransferPlan } from './types.ts';
