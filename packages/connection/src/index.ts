export { type LockWait, takeAdvisoryLock } from './advisory-lock.ts';
export { type Asked, askWithin } from './ask-within.ts';
export { type ConnectOptions, clientConfig, createClient, PgClient, type PgClientConfig } from './client.ts';
export { IS_CLUSTER, IS_DISTRIBUTED, isCluster, isOtherServerAway } from './cluster.ts';
export {
  type Config,
  ENVIRONMENTS,
  type Environment,
  type PoolSettings,
  parseConfig,
  type ReplicaSettings,
  VARIABLE_NAMES,
} from './config.ts';
export { ConfigurationError, type ConfigurationFault } from './configuration-error.ts';
export { connect, settleHost, withConnection } from './connect.ts';
export {
  ConnectionError,
  type ConnectionFailure,
  readOnlyError,
  toConnectionError,
} from './connection-error.ts';
export { loadEnvFile } from './env-file.ts';
export { watchHeartbeat, withHeartbeat } from './heartbeat.ts';
export { avoid, type HostAddress, SESSION_ATTRIBUTES, type SessionAttributes } from './hosts.ts';
export { leave } from './leave.ts';
export { LEDGERS, TRANSFER_RUNS } from './ledgers.ts';
export { libpqVariables } from './libpq-variables.ts';
export { readPassword } from './password.ts';
export type { PasswordRequest, PasswordSource } from './password-source.ts';
export { parsePostgresUrl, URL_FORM } from './postgres-url.ts';
export { CREATE_SQLITE_HISTORY } from './prisma-history.ts';
export { learnSecret, redact } from './redact.ts';
export { type CancelKey, requestCancel } from './request-cancel.ts';
export { sqliteFiles } from './sqlite-files.ts';
export { parseSqliteUrl } from './sqlite-url.ts';
export { isSqlState, isSqlStateOf, SQLSTATE, type SqlState, sqlStateOf } from './sqlstate.ts';
export { SSL_MODES, type SslMode, type SslSettings, tlsOptions } from './ssl.ts';
export { tableExists } from './table-exists.ts';
export {
  describeTarget,
  PostgresTarget,
  type PostgresTargetFields,
  type SqliteTarget,
  withoutPassword,
} from './target.ts';
export { IS_TRANSACTION_POOLER, isTransactionPooler } from './transaction-pooler.ts';
export type { UrlOptions } from './url-options.ts';
export { type Env, oneOf, readVariables, type Variable, wholeNumber } from './variables.ts';
export { within } from './within.ts';
