/** PostgreSQL, for who works in it beside a transfer: on the connection and in the transactions of its target. */
export { readPostgresCatalog } from './catalog.ts';
export { readDeferred } from './deferred.ts';
export { comesFromFunction, refusedByEventTrigger } from './event-triggers.ts';
export { forgetCopied } from './forget-copied.ts';
export { holdsRows } from './holds-rows.ts';
export { inSnapshot, inTransaction, inTrial } from './in-transaction.ts';
export { createLedger, LEDGER_SCHEMA } from './ledger.ts';
export { findUser, inUse, lockTables, takeLocks, waitForUsers } from './lock.ts';
export { tooFewLocks } from './lock-room.ts';
export { matchKeys } from './match-keys.ts';
export { advanceSequences } from './sequences.ts';
export { restoreTriggers, silenceTriggers } from './silence.ts';
export { readRecordedStructure } from './structure.ts';
export { Connections, openPostgres, type PostgresTarget } from './target.ts';
