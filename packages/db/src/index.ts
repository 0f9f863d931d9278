export {
  type Config,
  ConfigurationError,
  type ConfigurationFault,
  ConnectionError,
  type ConnectionFailure,
  type PasswordRequest,
  type PasswordSource,
  type PoolSettings,
  parseConfig,
} from '@vatevo/connection';
export { UnknownCutoverStateError } from '@vatevo/cutover-state';
export { createDbClient } from './create-db-client.ts';
export { readFileCutover } from './cutover/file.ts';
export type { CutoverRecord } from './cutover/record.ts';
export { ServerCutover } from './cutover/server.ts';
export type {
  CheckOptions,
  DatabaseCheck,
  DbClient,
  DbClientOptions,
  PoolStats,
  ReplicaStats,
} from './db-client.ts';
export {
  ClientClosedError,
  CommitOutcomeUnknownError,
  DatabaseFencedError,
  DatabaseLockedError,
  IdempotencyKeyReusedError,
  InexactIdError,
  InvalidValueError,
  PoolTimeoutError,
  QueryFailedError,
  TransactionEndedError,
  TransactionFailedError,
  TransactionMisuseError,
  TransactionTimeoutError,
  UnsupportedOnSqliteError,
} from './errors.ts';
export type { EventListQuery, EventState, ExactEvent, TenantWebhook, WebhookChange } from './exact/events.ts';
export type { Answered, Repeatable } from './exact/idempotency.ts';
export type {
  DecimalText,
  ExactInvoice,
  ExactTenant,
  InvoiceListQuery,
  InvoicePage,
  InvoicePageQuery,
  JsonInput,
  NewEvent,
  NewInvoice,
  TimestampText,
} from './exact/types.ts';
export {
  CountryCode,
  type Invoice,
  InvoiceStatus,
  Prisma,
  type Tenant,
  type WebhookEvent,
} from './generated/postgres/client.ts';
export { apiKeyPrefix, hashApiKey } from './keys/api-key.ts';
export {
  CONNECTION_PROBLEMS,
  type ConnectionProblem,
  type DbObserver,
  type EndedQuery,
  READS_FROM,
  type ReadFrom,
} from './observer.ts';
export type {
  ClaimOptions,
  Delivery,
  Destination,
  EventPlace,
  ForgetOptions,
  Forgotten,
  Outbox,
  Outcome,
} from './outbox.ts';
export type { KeyRotated, KeyRotation, NewTenant, TenantRegistry } from './registry.ts';
export { singletonDbClient } from './singleton.ts';
export { readDatabaseState } from './state/read-state.ts';
export type { DatabaseState, IdentityUse, MigrationCounts, StateReading } from './state/types.ts';
export { statementShape } from './statement-shape.ts';
export type { TenantClient, TenantEvents, TenantInvoices, TenantReads } from './tenant-client.ts';
export type { TransactionModels } from './transaction/models.ts';
export type { IsolationLevel, TransactionOptions } from './transaction/options.ts';
export type { Transact } from './transaction/transact.ts';
export { type Unavailable, whyUnavailable } from './unavailable.ts';
