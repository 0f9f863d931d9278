import { ConfigurationError, type ConfigurationFault } from './configuration-error.ts';
import { type HostAddress, SESSION_ATTRIBUTES } from './hosts.ts';
import { isSocketFolder, PostgresTarget } from './target.ts';
import type { UrlOptions } from './url-options.ts';
import {
  decodePart,
  type Fault,
  type Parameters,
  readChoice,
  readParameters,
  type Said,
  SESSION_PARAMETERS,
  warningOf,
} from './url-parameters.ts';
import { readSsl } from './url-ssl.ts';

/** What a URL says. */
export interface PostgresUrl {
  readonly target: PostgresTarget;
  /** Prisma's `connection_limit` and `pool_timeout`: what DB_POOL_SIZE and DB_POOL_TIMEOUT say as well. */
  readonly connectionLimit: number | undefined;
  readonly poolTimeoutSeconds: number | undefined;
}

export const URL_FORM = 'postgresql://user:password@host:port/database';
const ENCODED = `${URL_FORM}, with the characters % : / ? # [ ] @ in a part percent-encoded, such as %40 for @`;
const DEFAULT_PORT = 5432;
/** Stands where a URL names no host; no host has this name. */
const NO_HOST = '-';

/**
 * Reads `postgres://` and `postgresql://` URLs with libpq's meaning. User, password and database may hold
 * any character, percent-encoded.
 *
 * @throws ConfigurationError with every fault; nothing of the URL is repeated but what is known to be no
 *   secret, such as a valid sslmode.
 * @example
 * parsePostgresUrl('postgresql://app:p%40ss@db.example:5432/vatevo?sslmode=verify-full');
 */
export function parsePostgresUrl(text: string, options: UrlOptions = {}): PostgresTarget {
  return readPostgresUrl(text, options).target;
}

/** {@link parsePostgresUrl}, and what the URL says of the pool. */
export function readPostgresUrl(text: string, options: UrlOptions = {}): PostgresUrl {
  const variable = options.variable ?? 'POSTGRES_URL';
  const faults: ConfigurationFault[] = [];
  const fault: Fault = (problem, allowed = URL_FORM) => faults.push({ variable, problem, allowed });
  const read = readUrl(text.trim(), variable, options, fault);
  if (read === undefined || faults.length > 0) throw new ConfigurationError(faults);
  return read;
}

/** Whether the text means to be a PostgreSQL URL. */
export function isPostgresUrl(text: string): boolean {
  return /^["']?postgres(ql)?:/i.test(text.trim());
}

function readUrl(text: string, variable: string, options: UrlOptions, fault: Fault): PostgresUrl | undefined {
  const split = splitHosts(text, fault);
  if (split === undefined) return undefined;
  const { url, further } = split;
  const part = (encoded: string, what: string) => {
    const decoded = decodePart(encoded);
    if (decoded === undefined) {
      fault(`has a % in the ${what} that starts no percent-encoding`, 'a literal % written as %25');
    }
    return decoded;
  };
  if (url.hash !== '') fault('has a # that is not percent-encoded', ENCODED);
  const parameters = readParameters(url.search, fault);
  const { found } = parameters;
  const said: Said = (name) => found.get(name) || undefined;
  /** What stands in the address, or in a parameter, as libpq takes it, too. */
  const either = (name: string, inAddress: string | undefined, problem: string) => {
    const value = said(name);
    if (inAddress !== '' && value !== undefined && inAddress !== value) {
      fault(`says one ${name} in its address and another in a parameter`, 'one of the two');
    }
    const text = inAddress || value;
    if (text === undefined && inAddress !== undefined) fault(problem);
    return text;
  };
  const user = either('user', part(url.username, 'user name'), 'names no user');
  const written = part(url.password, 'password') || undefined;
  const password = written ?? said('password');
  if (written !== undefined && found.has('password')) fault('has two passwords', 'one');
  const database = either('dbname', part(url.pathname.slice(1), 'database name'), 'names no database');
  if (/[/@]/.test(url.pathname.slice(1))) fault('has a / or @ too many', ENCODED);
  const hosts = readHosts(url, further, parameters, part, fault);
  const ssl = readSsl(said, options, fault);
  if (password !== undefined && options.passwordFile !== undefined) {
    fault('holds a password, but POSTGRES_PASSWORD_FILE names a file with one', 'one of the two');
  }
  const connectTimeout = readConnectTimeout(found.get('connect_timeout'), fault);
  const keepAliveSeconds = readKeepAlive(said, fault);
  const sessionAttributes = readChoice(said, 'target_session_attrs', SESSION_ATTRIBUTES, fault);
  const balanced = readChoice(said, 'load_balance_hosts', ['disable', 'random'] as const, fault);
  const connectionLimit = readWhole(said, 'connection_limit', 1, 1000, fault);
  const poolTimeoutSeconds = readWhole(said, 'pool_timeout', 1, 3600, fault);
  const [first, ...otherHosts] = hosts;
  if (!user || !first || !database) return undefined;
  const target = new PostgresTarget({
    ...first,
    otherHosts,
    ...(sessionAttributes && { sessionAttributes }),
    loadBalanceHosts: balanced === 'random',
    user,
    ...(password && { password }),
    passwordFile: options.passwordFile,
    database,
    ssl,
    keyPassword: said('sslpassword'),
    parameters: readSession(found),
    ...(connectTimeout !== undefined && { connectTimeoutSeconds: connectTimeout }),
    keepAliveSeconds,
    warning: warningOf(variable, parameters),
  });
  return { target, connectionLimit, poolTimeoutSeconds };
}

/** The URL with its first host, and the others as they are written: a WHATWG URL has room for one. */
function splitHosts(text: string, fault: Fault): { url: URL; further: string[] } | undefined {
  if (/^["']/.test(text)) {
    fault('begins with a quotation mark', `${URL_FORM}, without quotation marks`);
    return undefined;
  }
  if (!/^postgres(ql)?:\/\//i.test(text)) {
    fault('is not a PostgreSQL URL');
    return undefined;
  }
  const [, scheme = '', authority = '', rest = ''] = /^([^/]*:\/\/)([^/?#]*)(.*)$/s.exec(text) ?? [];
  const at = authority.lastIndexOf('@') + 1;
  // "user:password@h1,user:password@h2" would be one host, and a password that nobody meant.
  if (/@.*,/.test(authority.slice(0, Math.max(0, at - 1)))) {
    fault(
      'has an @ before the second of several hosts',
      `one user and password, before the first host; ${ENCODED}`,
    );
    return undefined;
  }
  const [first = '', ...further] = authority.slice(at).split(',');
  // "user@/database?host=/folder" is good to libpq; a WHATWG URL wants a host after "user@".
  const withHost = `${scheme}${authority.slice(0, at)}${first === '' ? NO_HOST : first}${rest}`;
  const url = parseUrl(withHost);
  if (url === undefined || url.port === '0') {
    fault('is not a valid URL', ENCODED);
    return undefined;
  }
  return { url, further };
}

/** The hosts of the address or, as libpq takes them, too, of `host` and `port`: one port for all, or one for each. */
function readHosts(
  url: URL,
  further: readonly string[],
  { found }: Parameters,
  part: (encoded: string, what: string) => string | undefined,
  fault: Fault,
): HostAddress[] {
  const addresses = [url, ...further.map((place) => parseUrl(`postgresql://${place}`))];
  const written = addresses.map((address) => {
    const host = address && part(address.hostname.replace(/^\[(.*)\]$/, '$1'), 'host');
    const port = address?.port ? Number(address.port) : undefined;
    return { host: host === NO_HOST ? '' : host, port };
  });
  if (written.some(({ host, port }) => host === undefined || port === 0)) {
    fault('has a host that is none among several', ENCODED);
    return [];
  }
  const inParameter = found.get('host')?.split(',') ?? [];
  const isFolder = inParameter.length > 0 && inParameter.every(isSocketFolder);
  const inAddress = written.filter(({ host }) => host !== '');
  if (inParameter.length > 0 && inAddress.length > 0 && !isFolder) {
    fault('names hosts in its address and others in a parameter', 'one of the two');
    return [];
  }
  const names = inParameter.length > 0 ? inParameter : written.map(({ host }) => host as string);
  if (names.includes('')) {
    fault('names no host');
    return [];
  }
  if (names.some((name) => /[\s,;@]/.test(name) && !isSocketFolder(name))) {
    fault('has a host that no host can be called', 'hosts with commas between');
    return [];
  }
  const ports = readPorts(found.get('port'), names.length, fault);
  const hosts = names.map((host, index) => {
    const inPlace = inParameter.length > 0 ? written[0]?.port : written[index]?.port;
    const port = ports[index];
    if (port !== undefined && inPlace !== undefined && port !== inPlace) {
      fault('says one port in its address and another in a parameter', 'one of the two');
    }
    return { host, port: port ?? inPlace ?? DEFAULT_PORT };
  });
  // Twice the same is once: to ask it again would only take time.
  return hosts.filter(
    ({ host, port }, index) =>
      hosts.findIndex((other) => other.host === host && other.port === port) === index,
  );
}

function readPorts(text: string | undefined, hosts: number, fault: Fault): (number | undefined)[] {
  if (text === undefined) return [];
  const ports = text.split(',').map((port) => (port === '' ? DEFAULT_PORT : Number(port)));
  const sound = ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536);
  if (sound && ports.length === 1) return Array.from({ length: hosts }, () => ports[0]);
  if (sound && ports.length === hosts) return ports;
  fault('has a port that is none, or as many as there are no hosts', 'one port, or one for each host');
  return [];
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function readSession(found: ReadonlyMap<string, string>): Record<string, string> {
  const parameters = Object.fromEntries([...found].filter(([name]) => SESSION_PARAMETERS.has(name)));
  const fallback = found.get('fallback_application_name');
  return { ...(fallback && { application_name: fallback }), ...parameters };
}

/** As in libpq: whole seconds, 0 for no time-out of its own. */
function readConnectTimeout(text: string | undefined, fault: Fault): number | undefined {
  if (text === undefined || text === '0') return undefined;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  fault('has a connect_timeout that is no number of seconds', '1 to 9999');
  return undefined;
}

function readKeepAlive(said: Said, fault: Fault): number | undefined {
  const on = readChoice(said, 'keepalives', ['0', '1'] as const, fault);
  const idle = readWhole(said, 'keepalives_idle', 0, 86_400, fault);
  // 0 is libpq's word for "as the system has it"; here that is the default of this project.
  return on === '0' ? 0 : idle || undefined;
}

function readWhole(said: Said, name: string, least: number, most: number, fault: Fault): number | undefined {
  const text = said(name);
  if (text === undefined) return undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  fault(`has a ${name} that cannot be used`, `a whole number from ${least} to ${most}`);
  return undefined;
}
