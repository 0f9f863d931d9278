export { databaseFailure } from './database-failure.ts';
export { type DistributedTable, findDistributed } from './distributed.ts';
export { isFailbackOpen } from './live-move.ts';
export { openDatabase } from './open-database.ts';
export { refuseTransactionPooler } from './pooler.ts';
export { noUrl, readTarget, requirePostgres } from './target.ts';
export { findUnfinishedTransfer } from './unfinished-transfer.ts';
