/** What may stand behind the `?` of a PostgreSQL URL, and what to use instead of other tools' parameters. */

/** Parameters that the server takes when a session starts. PgBouncer lets application_name through only. */
export const SESSION_PARAMETERS: ReadonlySet<string> = new Set([
  'application_name',
  'idle_in_transaction_session_timeout',
  'lock_timeout',
  'options',
  'search_path',
  'statement_timeout',
]);

/** Parameters that decide how to connect. */
const CONNECTION_PARAMETERS: ReadonlySet<string> = new Set([
  'connect_timeout',
  'host',
  'sslmode',
  'sslrootcert',
]);

/** Parameters that change nothing here when they have one of these values. */
const WITHOUT_EFFECT: Readonly<Record<string, readonly string[]>> = {
  channel_binding: ['disable', 'prefer'],
  client_encoding: ['UTF8', 'utf8', 'UTF-8', 'utf-8'],
  gssencmode: ['disable', 'prefer'],
  schema: ['public'],
  sslnegotiation: ['postgres'],
  target_session_attrs: ['any'],
};

const BEFORE_THE_HOST = 'user and password before the host';
const BEHIND_THE_HOST = 'port and database behind the host';
const NO_CLIENT_CERTIFICATES = 'user and password: client certificates are not supported';

/** Parameters of Prisma, node-postgres, JDBC and old habits: what to use instead. */
const REPLACED: Readonly<Record<string, string>> = {
  connection_limit: 'DB_POOL_SIZE',
  dbname: BEHIND_THE_HOST,
  max: 'DB_POOL_SIZE',
  max_connection_lifetime: 'DB_POOL_RECYCLE',
  password: BEFORE_THE_HOST,
  pgbouncer: 'nothing: PgBouncer needs no switch',
  pool_timeout: 'DB_POOL_TIMEOUT',
  port: BEHIND_THE_HOST,
  schema: 'the schema public, which is the only one supported',
  ssl: 'DB_SSL_MODE',
  sslaccept: 'DB_SSL_MODE',
  sslcert: 'DB_SSL_ROOT_CERT for an authority; client certificates are not supported',
  sslidentity: NO_CLIENT_CERTIFICATES,
  sslkey: NO_CLIENT_CERTIFICATES,
  sslpassword: NO_CLIENT_CERTIFICATES,
  statement_cache_size: 'nothing: PgBouncer needs no switch',
  uselibpqcompat: "nothing: sslmode has libpq's meaning",
  user: BEFORE_THE_HOST,
};

const KNOWN = [...CONNECTION_PARAMETERS, ...SESSION_PARAMETERS].sort().join(', ');

/** Tells of one fault: what is wrong, and what would be right. */
export type Fault = (problem: string, allowed?: string) => void;

/**
 * Reads the part of the URL from the `?` on, as libpq does: percent-encoding only, so a plus is a plus.
 * The names of unknown parameters are not repeated: behind a `?` that should have been encoded stands the
 * rest of a password.
 */
export function readParameters(search: string, fault: Fault): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const piece of search.replace(/^\?/, '').split('&')) {
    if (piece === '') continue;
    const [name = '', ...rest] = piece.split('=');
    const value = decodePart(rest.join('='));
    const replacement = Object.hasOwn(REPLACED, name) ? REPLACED[name] : undefined;
    const idle = Object.hasOwn(WITHOUT_EFFECT, name) ? WITHOUT_EFFECT[name] : undefined;
    if (CONNECTION_PARAMETERS.has(name) || SESSION_PARAMETERS.has(name)) {
      if (found.has(name)) fault(`has the parameter ${name} twice`, 'each parameter once');
      else if (value === undefined) fault(`has a wrong percent-encoding in its parameter ${name}`);
      else found.set(name, value);
    } else if (idle?.includes(value ?? '')) continue;
    else if (replacement) {
      fault(`has the parameter ${name}, which means nothing here`, `without it; use ${replacement}`);
    } else if (idle) {
      fault(`has the parameter ${name} with a value that is not supported`, idle.join(', '));
    } else fault('has an unknown parameter', KNOWN);
  }
  return found;
}

/** Percent-decodes; `undefined` when that cannot be done, or gives a NUL, which PostgreSQL cannot take. */
export function decodePart(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
