import { NoHostError, UnfitServerError } from './hosts.ts';
import { redact } from './redact.ts';
import { SQLSTATE } from './sqlstate.ts';
import { describeTarget, type PostgresTarget } from './target.ts';
import { TlsError } from './tls-error.ts';

/** Why there is no connection, or no longer one. */
export type ConnectionFailure =
  | 'refused'
  | 'timeout'
  | 'unresolved-host'
  | 'tls'
  | 'authentication'
  | 'missing-database'
  | 'permission'
  | 'too-many-connections'
  | 'starting-up'
  | 'read-only'
  | 'lost'
  | 'unknown';

/** A connection that failed: the message says what, where and what to do next, and holds no secret. */
export class ConnectionError extends Error {
  override readonly name: string = 'ConnectionError';
  readonly reason: ConnectionFailure;

  constructor(reason: ConnectionFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const BY_CODE: Readonly<Record<string, ConnectionFailure>> = {
  ECONNREFUSED: 'refused',
  ENOENT: 'refused',
  EACCES: 'refused',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  EHOSTDOWN: 'refused',
  ENETDOWN: 'refused',
  ENOTFOUND: 'unresolved-host',
  EAI_AGAIN: 'unresolved-host',
  ECONNRESET: 'lost',
  EPIPE: 'lost',
  ECONNABORTED: 'lost',
  [SQLSTATE.invalid_authorization_specification]: 'authentication',
  [SQLSTATE.invalid_password]: 'authentication',
  [SQLSTATE.invalid_catalog_name]: 'missing-database',
  [SQLSTATE.insufficient_privilege]: 'permission',
  [SQLSTATE.too_many_connections]: 'too-many-connections',
  [SQLSTATE.cannot_connect_now]: 'starting-up',
  [SQLSTATE.admin_shutdown]: 'lost',
  [SQLSTATE.crash_shutdown]: 'lost',
  [SQLSTATE.database_dropped]: 'missing-database',
  [SQLSTATE.idle_session_timeout]: 'lost',
  [SQLSTATE.idle_in_transaction_session_timeout]: 'lost',
  [SQLSTATE.connection_exception]: 'lost',
  [SQLSTATE.connection_does_not_exist]: 'lost',
  [SQLSTATE.connection_failure]: 'lost',
};

const BY_MESSAGE: readonly (readonly [RegExp, ConnectionFailure])[] = [
  // Turned down for coming in clear text: no matter of the login.
  [/no pg_hba\.conf entry.*(no encryption|SSL off)/i, 'tls'],
  [/^SASL: |no password supplied|password must be a/i, 'authentication'],
  // Poolers' words: PgBouncer's, Supavisor's.
  [/no more connections allowed|max client connections reached/i, 'too-many-connections'],
  [/timeout expired|timed out|due to connection timeout/i, 'timeout'],
  [/terminated unexpectedly|Connection terminated|not queryable|connection error/i, 'lost'],
];

/** OpenSSL's codes: a server can break TLS off after the handshake, when it misses a client certificate. */
const TLS_CODE = /^(ERR_TLS|ERR_SSL|EPROTO)/;

/** Names what went wrong with a connection to `target`; an error that is none of these is `unknown`. */
export function toConnectionError(cause: unknown, target: PostgresTarget): ConnectionError {
  if (cause instanceof ConnectionError) return cause;
  const error = firstOf(cause);
  const reason = classify(error);
  const secrets = [target.password, target.keyPassword];
  const said = redact(error.message || String(error.code ?? error), secrets);
  return new ConnectionError(reason, sentence(reason, target, said), { cause: scrubbed(error, secrets) });
}

/**
 * A server that takes no writes, as the reason why a statement failed.
 *
 * @param what `is a standby`, `is read-only`
 */
export function readOnlyError(target: PostgresTarget, what: string, cause: unknown): ConnectionError {
  return new ConnectionError('read-only', sentence('read-only', target, `it ${what}`), { cause });
}

interface Thrown extends Error {
  readonly code?: string;
  readonly severity?: string;
}

/** A host with several addresses fails with one error for each. */
function firstOf(cause: unknown): Thrown {
  if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors[0] as Thrown;
  return cause instanceof Error ? cause : new Error(String(cause));
}

function classify(error: Thrown): ConnectionFailure {
  // Several hosts were asked: the one whose answer says most gives the reason.
  if (error instanceof NoHostError) return classify(firstOf(error.cause));
  if (error instanceof UnfitServerError) return error.isReadOnly ? 'read-only' : 'unknown';
  if (error instanceof ConnectionError) return error.reason;
  if (error instanceof TlsError) return 'tls';
  const { code, message } = error;
  const byMessage = BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
  if (byMessage === 'tls' || TLS_CODE.test(code ?? '')) return 'tls';
  return BY_CODE[code ?? ''] ?? byMessage ?? (isFatalViolation(error) ? 'lost' : 'unknown');
}

/** How a pooler says that it lost its server (`server conn crashed?`); the server's own violations are no FATAL. */
function isFatalViolation({ code, severity }: Thrown): boolean {
  return code === SQLSTATE.protocol_violation && severity === 'FATAL';
}

function sentence(reason: ConnectionFailure, target: PostgresTarget, said: string): string {
  const where = describeTarget(target);
  switch (reason) {
    case 'refused':
      return `No PostgreSQL server answers at ${where} (${said}): check that it runs, and its host and port in POSTGRES_URL.`;
    case 'timeout':
      return `The server at ${where} did not answer in time: check the network, the firewall and the server's load.`;
    case 'unresolved-host':
      return `The host name in ${where} cannot be resolved: check it in POSTGRES_URL, and the name server.`;
    case 'tls':
      return `TLS failed with ${where} (${said}): check DB_SSL_MODE and DB_SSL_ROOT_CERT against what the server offers.`;
    case 'authentication':
      return `The server turned the login down at ${where}: check user and password in POSTGRES_URL, and the server's pg_hba.conf.`;
    case 'missing-database':
      return `There is no database "${target.database}" at ${where}: create it, or fix POSTGRES_URL.`;
    case 'permission':
      return `The role "${target.user}" may not do this at ${where} (${said}): have an administrator grant it.`;
    case 'too-many-connections':
      return `The server at ${where} has no connection left: lower DB_POOL_SIZE, or raise max_connections on the server.`;
    case 'starting-up':
      return `The server at ${where} is starting up or shutting down: try again in a moment.`;
    case 'read-only':
      if (takesStandbys(target)) {
        return `The server that was taken of ${where} takes no writes (${said}): set target_session_attrs=read-write in POSTGRES_URL, so that the primary is taken.`;
      }
      return `No server at ${where} takes writes (${said}): promote a standby, or take default_transaction_read_only back where it is set, then try again.`;
    case 'lost':
      return `The connection to ${where} was lost (${said}): check that the server still runs, then try again.`;
    default:
      return `The connection to ${where} failed: ${said}.`;
  }
}

/** Whether a standby among several hosts may be taken although the primary is there. */
function takesStandbys({ hosts, sessionAttributes }: PostgresTarget): boolean {
  return hosts.length > 1 && sessionAttributes !== 'read-write' && sessionAttributes !== 'primary';
}

/** The cause is kept for debugging, without what could be secret in it. */
function scrubbed(error: Thrown, secrets: readonly (string | undefined)[]): Error {
  const clean = new Error(redact(error.message, secrets));
  clean.name = error.name;
  return Object.assign(clean, error.code === undefined ? {} : { code: error.code });
}
