/** What may stand behind the `?` of a PostgreSQL URL, and what becomes of other tools' parameters. */

/** Parameters that the server takes when a session starts. PgBouncer lets application_name through only. */
export const SESSION_PARAMETERS: ReadonlySet<string> = new Set([
  'application_name',
  'idle_in_transaction_session_timeout',
  'lock_timeout',
  'options',
  'search_path',
  'statement_timeout',
]);

/** Parameters that decide how to connect: libpq's, and what Prisma, node-postgres and JDBC call the same. */
const CONNECTION_PARAMETERS: ReadonlySet<string> = new Set([
  'channel_binding',
  'connect_timeout',
  'connection_limit',
  'dbname',
  'fallback_application_name',
  'host',
  'keepalives',
  'keepalives_idle',
  'load_balance_hosts',
  'password',
  'pool_timeout',
  'port',
  'ssl',
  'ssl_max_protocol_version',
  'ssl_min_protocol_version',
  'sslaccept',
  'sslcert',
  'sslcrl',
  'sslidentity',
  'sslkey',
  'sslmode',
  'sslnegotiation',
  'sslpassword',
  'sslrootcert',
  'target_session_attrs',
  'user',
]);

/** Parameters that ask for what holds here anyhow when they have one of these values. */
const HOLDS_ANYHOW: Readonly<Record<string, readonly string[]>> = {
  client_encoding: ['UTF8', 'utf8', 'UTF-8', 'utf-8', 'auto'],
  gssencmode: ['disable', 'prefer'],
  pgbouncer: ['true', 'false'],
  prepareThreshold: ['0'],
  schema: ['public'],
  sslcertmode: ['allow'],
  sslcompression: ['0'],
  sslsni: ['1'],
  statement_cache_size: ['0'],
  uselibpqcompat: ['true'],
};

const SYSTEM_SETS_IT = 'the operating system sets it';
const PASSWORD = 'POSTGRES_PASSWORD_FILE';

/** Parameters that are passed over, and what does here what they do elsewhere. */
const PASSED_OVER: Readonly<Record<string, string>> = {
  client_encoding: 'it is always UTF-8',
  gssdelegation: 'Kerberos is not used',
  gsslib: 'Kerberos is not used',
  idle_timeout: 'DB_POOL_RECYCLE',
  keepalives_count: SYSTEM_SETS_IT,
  keepalives_interval: SYSTEM_SETS_IT,
  krbsrvname: 'Kerberos is not used',
  max: 'DB_POOL_SIZE',
  max_connection_lifetime: 'DB_POOL_RECYCLE',
  max_idle_connection_lifetime: 'DB_POOL_RECYCLE',
  passfile: PASSWORD,
  pgbouncer: 'a pooler is found out',
  pool_max: 'DB_POOL_SIZE',
  pool_min: 'DB_POOL_MIN',
  pool_size: 'DB_POOL_SIZE',
  pool_timeout: 'DB_POOL_TIMEOUT',
  prepareThreshold: 'a pooler is found out',
  socket_timeout: 'statement_timeout in the URL',
  sslcompression: 'there is none',
  sslkeylogfile: 'NODE_OPTIONS=--tls-keylog=FILE',
  sslsni: 'it is always sent',
  statement_cache_size: 'a pooler is found out',
  tcp_user_timeout: SYSTEM_SETS_IT,
  uselibpqcompat: "sslmode has libpq's meaning",
};

/** Parameters that would protect, or choose, in a way that is not done here: what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  gssencmode: 'disable or prefer: Kerberos is not used',
  hostaddr: 'the address as the host, with sslmode=verify-ca where its certificate has a name',
  replication: 'a URL without it: sessions here are no replication',
  require_auth: 'channel_binding=require, which lets nothing in but SCRAM',
  requirepeer: 'a folder of the socket that only the server may write to',
  schema: 'the schema public, which is the only one supported',
  service: 'host, port and database in the URL: no service file is read',
  servicefile: 'host, port and database in the URL: no service file is read',
  sslcertmode: 'allow: a client certificate is sent when the server asks for it',
  sslcrldir: 'sslcrl=FILE',
};

const KNOWN: readonly string[] = [
  ...new Set([
    ...CONNECTION_PARAMETERS,
    ...SESSION_PARAMETERS,
    ...Object.keys(HOLDS_ANYHOW),
    ...Object.keys(PASSED_OVER),
    ...Object.keys(REFUSED),
  ]),
];

/** Tells of one fault: what is wrong, and what would be right. */
export type Fault = (problem: string, allowed?: string) => void;

/** What a parameter says; undefined where it is missing or empty. */
export type Said = (name: string) => string | undefined;

/** One of the words that a parameter may say. */
export function readChoice<const Word extends string>(
  said: Said,
  name: string,
  words: readonly Word[],
  fault: Fault,
): Word | undefined {
  const text = said(name);
  const word = words.find((known) => known === text);
  if (text !== undefined && word === undefined) fault(`has an unknown ${name}`, words.join(', '));
  return word;
}

/** The parameters of a URL. */
export interface Parameters {
  /** Those that mean something here. */
  readonly found: ReadonlyMap<string, string>;
  /** The names of the others, each with what does it here. */
  readonly passedOver: ReadonlyMap<string, string>;
}

/**
 * Reads the part of the URL from the `?` on, as libpq does: percent-encoding only, so a plus is a plus.
 *
 * What is unknown is passed over, unless it looks like a known one that was mistyped, or like one that protects. Names
 * of unknown parameters are not repeated in a fault: behind a `?` that should have been encoded stands the rest of a
 * password.
 */
export function readParameters(search: string, fault: Fault): Parameters {
  const found = new Map<string, string>();
  const passedOver = new Map<string, string>();
  for (const piece of search.replace(/^\?/, '').split('&')) {
    if (piece === '') continue;
    const [name = '', ...rest] = piece.split('=');
    const value = decodePart(rest.join('='));
    if (CONNECTION_PARAMETERS.has(name) || SESSION_PARAMETERS.has(name)) {
      // Prisma's word for "wait for ever", which a pool here does not.
      if (name === 'pool_timeout' && value === '0') passedOver.set(name, 'DB_POOL_TIMEOUT');
      else if (found.has(name)) fault(`has the parameter ${name} twice`, 'each parameter once');
      else if (value === undefined) fault(`has a wrong percent-encoding in its parameter ${name}`);
      else found.set(name, value);
    } else if (own(HOLDS_ANYHOW, name)?.includes(value ?? '')) continue;
    else if (own(PASSED_OVER, name) !== undefined) passedOver.set(name, PASSED_OVER[name] as string);
    else if (own(REFUSED, name) !== undefined) {
      fault(`has the parameter ${name}, which is not supported`, REFUSED[name]);
    } else {
      const meant = KNOWN.find((known) => isMistyped(name, known));
      if (meant !== undefined) {
        fault(`has an unknown parameter that looks like ${meant}`, `${meant}, or a URL without it`);
      } else if (/^(ssl|tls)/i.test(name)) {
        fault('has an unknown parameter for TLS', SSL_PARAMETERS);
      } else passedOver.set(/^\w{1,40}$/.test(name) ? name : 'another', 'it is unknown');
    }
  }
  return { found, passedOver };
}

const SSL_PARAMETERS = KNOWN.filter((name) => name.startsWith('ssl')).join(', ');

/** One sentence about all that was passed over; undefined when nothing was. */
export function warningOf(variable: string, { passedOver }: Parameters): string | undefined {
  if (passedOver.size === 0) return undefined;
  const each = [...passedOver].map(([name, instead]) => {
    // What is no variable is a reason.
    return `${name} (${/^[A-Z_]+$/.test(instead) ? `use ${instead}` : instead})`;
  });
  return `${variable} has parameters that mean nothing here and are passed over: ${each.join(', ')}.`;
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

function own(table: Readonly<Record<string, string>>, name: string): string | undefined;
function own(table: Readonly<Record<string, readonly string[]>>, name: string): readonly string[] | undefined;
function own(table: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Whether it is the known name but for a slip or two, or for capitals and hyphens. */
function isMistyped(name: string, known: string): boolean {
  if (known.length < 4 || name.length > 40) return false;
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, '');
  return distance(plain(name), plain(known)) <= (known.length < 6 ? 1 : 2);
}

/** How many letters have to be changed, added, left out, or swapped with their neighbour. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row++) {
    const line = [row];
    for (let column = 1; column <= other.length; column++) {
      const changed = at(rows, row - 1, column - 1) + (one[row - 1] === other[column - 1] ? 0 : 1);
      let least = Math.min(at(rows, row - 1, column) + 1, (line[column - 1] as number) + 1, changed);
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (row > 1 && column > 1 && swapped) least = Math.min(least, at(rows, row - 2, column - 2) + 1);
      line.push(least);
    }
    rows.push(line);
  }
  return at(rows, one.length, other.length);
}

function at(rows: readonly (readonly number[])[], row: number, column: number): number {
  return rows[row]?.[column] as number;
}
