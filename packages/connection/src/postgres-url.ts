import { ConfigurationError, type ConfigurationFault } from './configuration-error.ts';
import { SSL_MODES, type SslMode, type SslSettings } from './ssl.ts';
import { isSocketFolder, PostgresTarget } from './target.ts';
import { decodePart, type Fault, readParameters, SESSION_PARAMETERS } from './url-parameters.ts';

export interface UrlOptions {
  /** The variable that the URL comes from, for messages; POSTGRES_URL when omitted. */
  readonly variable?: string;
  /** DB_SSL_MODE, which must not contradict the URL's own. */
  readonly sslMode?: SslMode | undefined;
  /** DB_SSL_ROOT_CERT, which must not contradict the URL's own. */
  readonly rootCertFile?: string | undefined;
  /** What holds when neither says anything; `disable` when omitted. */
  readonly defaultSslMode?: SslMode | undefined;
}

const FORM = 'postgresql://user:password@host:port/database';
const ENCODED = `${FORM}, with the characters % : / ? # [ ] @ in a part percent-encoded, such as %40 for @`;
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
  const variable = options.variable ?? 'POSTGRES_URL';
  const faults: ConfigurationFault[] = [];
  const fault: Fault = (problem, allowed = FORM) => faults.push({ variable, problem, allowed });
  const target = read(text.trim(), options, fault);
  if (target === undefined || faults.length > 0) throw new ConfigurationError(faults);
  return target;
}

/** Whether the text means to be a PostgreSQL URL. */
export function isPostgresUrl(text: string): boolean {
  return /^["']?postgres(ql)?:/i.test(text.trim());
}

function read(text: string, options: UrlOptions, fault: Fault): PostgresTarget | undefined {
  const url = toUrl(text, fault);
  if (url === undefined) return undefined;

  const part = (encoded: string, what: string) => {
    const decoded = decodePart(encoded);
    if (decoded === undefined) {
      fault(`has a % in the ${what} that starts no percent-encoding`, 'a literal % written as %25');
    }
    return decoded;
  };
  const user = part(url.username, 'user name');
  const password = part(url.password, 'password');
  const database = part(url.pathname.slice(1), 'database name');
  const authority = part(url.hostname.replace(/^\[(.*)\]$/, '$1'), 'host');
  if (url.hash !== '') fault('has a # that is not percent-encoded', ENCODED);
  const parameters = readParameters(url.search, fault);
  const host = parameters.get('host') ?? (authority === NO_HOST ? '' : authority);
  if (user === '') fault('names no user');
  if (host === '') fault('names no host');
  if (host?.includes(',')) fault('names several hosts', 'one host');
  if (parameters.has('host') && !isSocketFolder(parameters.get('host') ?? '')) {
    fault('has a parameter host that is no folder', 'host=/folder/of/the/socket');
  }
  if (database === '') fault('names no database');
  if (/[/@]/.test(url.pathname.slice(1))) fault('has a / or @ too many', ENCODED);
  const ssl = readSsl(parameters, options, fault);
  const connectTimeout = readConnectTimeout(parameters.get('connect_timeout'), fault);
  if (!user || !host || !database) return undefined;
  return new PostgresTarget({
    host,
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    user,
    ...(password && { password }),
    database,
    ssl,
    parameters: Object.fromEntries([...parameters].filter(([name]) => SESSION_PARAMETERS.has(name))),
    ...(connectTimeout !== undefined && { connectTimeoutSeconds: connectTimeout }),
  });
}

function toUrl(text: string, fault: Fault): URL | undefined {
  if (/^["']/.test(text)) {
    fault('begins with a quotation mark', `${FORM}, without quotation marks`);
    return undefined;
  }
  if (!/^postgres(ql)?:\/\//i.test(text)) {
    fault('is not a PostgreSQL URL');
    return undefined;
  }
  // "user@/database?host=/folder" is good to libpq; a WHATWG URL wants a host after "user@".
  const withHost = text.replace(/^([^/]*:\/\/[^/?#]*@)(?=[/?#]|$)/, `$1${NO_HOST}`);
  const url = URL.canParse(withHost) ? new URL(withHost) : undefined;
  if (url === undefined || url.port === '0') {
    fault('is not a valid URL', ENCODED);
    return undefined;
  }
  return url;
}

function readSsl(
  parameters: ReadonlyMap<string, string>,
  { sslMode, rootCertFile, defaultSslMode = 'disable' }: UrlOptions,
  fault: Fault,
): SslSettings {
  const inUrl = parameters.get('sslmode') || undefined;
  const rootInUrl = parameters.get('sslrootcert') || undefined;
  if (inUrl !== undefined && !isSslMode(inUrl)) fault('has an unknown sslmode', SSL_MODES.join(', '));
  else if (inUrl !== undefined && sslMode !== undefined && inUrl !== sslMode) {
    fault(`says sslmode=${inUrl}, but DB_SSL_MODE says ${sslMode}`, 'one of the two, or the same in both');
  }
  if (rootInUrl !== undefined && rootCertFile !== undefined && rootInUrl !== rootCertFile) {
    fault('says another sslrootcert than DB_SSL_ROOT_CERT', 'one of the two, or the same in both');
  }
  const root = rootCertFile ?? rootInUrl;
  return {
    mode: sslMode ?? (inUrl as SslMode | undefined) ?? defaultSslMode,
    ...(root && { rootCertFile: root }),
  };
}

/** As in libpq: whole seconds, 0 for no time-out of its own. */
function readConnectTimeout(text: string | undefined, fault: Fault): number | undefined {
  if (text === undefined || text === '0') return undefined;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  fault('has a connect_timeout that is no number of seconds', '1 to 9999');
  return undefined;
}

function isSslMode(text: string): text is SslMode {
  return (SSL_MODES as readonly string[]).includes(text);
}
