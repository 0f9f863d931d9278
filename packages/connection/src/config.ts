import { ConfigurationError, type ConfigurationFault } from './configuration-error.ts';
import { type PostgresUrl, readPostgresUrl, URL_FORM } from './postgres-url.ts';
import { parseSqliteUrl } from './sqlite-url.ts';
import { SSL_MODES, type SslMode, trustFault } from './ssl.ts';
import { isSocketFolder, type PostgresTarget, type SqliteTarget } from './target.ts';
import { anyText, type Env, oneOf, readVariables, type VariableValues, wholeNumber } from './variables.ts';

export const ENVIRONMENTS = ['development', 'test', 'staging', 'production'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** How the pool of connections behaves. */
export interface PoolSettings {
  /** Most connections at a time. */
  readonly size: number;
  /** Connections opened at the start and kept. */
  readonly min: number;
  /** Seconds to wait for a connection before it is an error. */
  readonly timeoutSeconds: number;
  /** Seconds after which a connection is replaced. */
  readonly recycleSeconds: number;
  /** Seconds that a statement may take before it is given up with its connection; a transaction has a time of its own. */
  readonly statementTimeoutSeconds: number;
}

/** Servers that reads may go to instead of the primary. */
export interface ReplicaSettings {
  readonly targets: readonly PostgresTarget[];
  /** Milliseconds that a replica may be behind the primary. */
  readonly maxLagMs: number;
}

/** All that the environment says, checked. */
export interface Config {
  readonly environment: Environment;
  readonly database: PostgresTarget | SqliteTarget;
  /** Undefined when there are none. */
  readonly replicas?: ReplicaSettings | undefined;
  readonly pool: PoolSettings;
  /** Milliseconds from which a query counts as slow. */
  readonly slowQueryMs: number;
  /** Where the API listens. */
  readonly http: { readonly host: string; readonly port: number };
}

/** The mode that holds when nothing else is said: production must not fall back to clear text. */
const DEFAULT_SSL_MODE: Readonly<Record<Environment, SslMode>> = {
  production: 'require',
  staging: 'prefer',
  development: 'disable',
  test: 'disable',
};
const MAX_KEPT_OPEN = 5;

const VARIABLES = {
  VATEVO_ENV: oneOf(ENVIRONMENTS),
  HOST: {
    read: (text: string) => (/^[^\s/@]+$/.test(text) ? text : undefined),
    allowed: 'a host name or an address',
  },
  PORT: wholeNumber(0, 65_535),
  DB_POOL_SIZE: wholeNumber(1, 1000),
  DB_POOL_MIN: wholeNumber(0, 1000),
  DB_POOL_TIMEOUT: wholeNumber(1, 3600, 'whole seconds'),
  DB_POOL_RECYCLE: wholeNumber(1, 604_800, 'whole seconds'),
  DB_STATEMENT_TIMEOUT: wholeNumber(1, 3600, 'whole seconds'),
  DB_SLOW_QUERY_MS: wholeNumber(1, 3_600_000, 'whole milliseconds'),
  DB_SSL_MODE: oneOf(SSL_MODES),
  DB_SSL_ROOT_CERT: anyText('a PEM file, or system'),
  DATABASE_URL: anyText('file:PATH, for example file:./vatevo.db'),
  POSTGRES_URL: anyText(URL_FORM),
  POSTGRES_PASSWORD_FILE: anyText('a file that holds the password'),
  POSTGRES_REPLICA_URLS: anyText(`${URL_FORM}, several with blanks between`),
  DB_REPLICA_MAX_LAG_MS: wholeNumber(50, 60_000, 'whole milliseconds'),
} as const;

/** Every variable that the configuration is read from. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(VARIABLES);

type Values = VariableValues<typeof VARIABLES>;

/**
 * Reads the configuration out of the environment. Pure: it reads nothing else and changes nothing. An empty or
 * blank variable counts as unset.
 *
 * @throws ConfigurationError naming every variable that is wrong, what is wrong and what is allowed; no
 *   value is repeated.
 * @example
 * const config = parseConfig(process.env);
 */
export function parseConfig(env: Env): Config {
  const faults: ConfigurationFault[] = [];
  const values = readVariables(env, VARIABLES, faults);
  const wrong = (variable: keyof typeof VARIABLES) => faults.some((fault) => fault.variable === variable);

  // A wrong VATEVO_ENV is not taken for development: that would find faults that are none, and miss others.
  const environment = values.VATEVO_ENV ?? (wrong('VATEVO_ENV') ? undefined : 'development');
  const { sqlite, postgres } = readDatabase(values, environment, faults);
  const size =
    one(values.DB_POOL_SIZE, 'DB_POOL_SIZE', postgres?.connectionLimit, 'connection_limit', faults) ?? 10;
  const timeoutSeconds =
    one(values.DB_POOL_TIMEOUT, 'DB_POOL_TIMEOUT', postgres?.poolTimeoutSeconds, 'pool_timeout', faults) ??
    30;
  const min = values.DB_POOL_MIN ?? Math.min(MAX_KEPT_OPEN, size);
  if (min > size && !wrong('DB_POOL_SIZE')) {
    faults.push({ variable: 'DB_POOL_MIN', problem: 'is more than DB_POOL_SIZE', allowed: `0 to ${size}` });
  }
  const database = postgres?.target ?? sqlite;
  const targets = readReplicas(values, environment, faults);
  if (environment === undefined || database === undefined || faults.length > 0) {
    throw new ConfigurationError(faults);
  }
  return {
    environment,
    database,
    ...(targets.length > 0 && { replicas: { targets, maxLagMs: values.DB_REPLICA_MAX_LAG_MS ?? 1000 } }),
    pool: {
      size,
      min,
      timeoutSeconds,
      recycleSeconds: values.DB_POOL_RECYCLE ?? 3600,
      statementTimeoutSeconds: values.DB_STATEMENT_TIMEOUT ?? 10,
    },
    slowQueryMs: values.DB_SLOW_QUERY_MS ?? 500,
    http: { host: values.HOST ?? '127.0.0.1', port: values.PORT ?? 3000 },
  };
}

/** What a variable and a parameter of the URL say alike. */
function one(
  value: number | undefined,
  variable: string,
  inUrl: number | undefined,
  parameter: string,
  faults: ConfigurationFault[],
): number | undefined {
  if (value !== undefined && inUrl !== undefined && value !== inUrl) {
    faults.push({
      variable: 'POSTGRES_URL',
      problem: `says ${parameter}=${inUrl}, but ${variable} says ${value}`,
      allowed: 'one of the two, or the same in both',
    });
  }
  return value ?? inUrl;
}

function readDatabase(
  values: Values,
  environment: Environment | undefined,
  faults: ConfigurationFault[],
): { sqlite?: SqliteTarget | undefined; postgres?: PostgresUrl | undefined } {
  // Looked at even when POSTGRES_URL is set: who wrote it there means it to be used.
  const sqlite = readSqlite(values.DATABASE_URL ?? 'file:./vatevo.db', faults);
  if (values.POSTGRES_URL !== undefined) {
    const postgres = readPostgres(values, environment, faults);
    return { postgres };
  }
  if (environment === 'staging' || environment === 'production') {
    faults.push({
      variable: 'POSTGRES_URL',
      problem: `is not set, and SQLite is not for ${environment}`,
      allowed: VARIABLES.POSTGRES_URL.allowed,
    });
  }
  return { sqlite };
}

function readReplicas(
  values: Values,
  environment: Environment | undefined,
  faults: ConfigurationFault[],
): PostgresTarget[] {
  const variable = 'POSTGRES_REPLICA_URLS';
  const urls = values[variable]?.split(/\s+/) ?? [];
  if (urls.length > 0 && values.POSTGRES_URL === undefined) {
    faults.push({
      variable,
      problem: 'is set, but not POSTGRES_URL',
      allowed: 'the primary in POSTGRES_URL',
    });
  }
  return urls.flatMap((url) => readPostgres(values, environment, faults, url, variable)?.target ?? []);
}

function readPostgres(
  values: Values,
  environment: Environment | undefined,
  faults: ConfigurationFault[],
  text = values.POSTGRES_URL ?? '',
  variable = 'POSTGRES_URL',
): PostgresUrl | undefined {
  try {
    const url = readPostgresUrl(text, {
      variable,
      sslMode: values.DB_SSL_MODE,
      rootCertFile: values.DB_SSL_ROOT_CERT,
      passwordFile: values.POSTGRES_PASSWORD_FILE,
      defaultSslMode: environment && DEFAULT_SSL_MODE[environment],
    });
    const { hosts, ssl } = url.target;
    const fault = hosts.every(({ host }) => isSocketFolder(host)) ? undefined : trustFault(ssl);
    if (fault) faults.push({ variable: 'DB_SSL_ROOT_CERT', ...fault });
    return url;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    faults.push(...error.faults);
    return undefined;
  }
}

function readSqlite(url: string, faults: ConfigurationFault[]): SqliteTarget | undefined {
  try {
    return parseSqliteUrl(url);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    faults.push(...error.faults);
    return undefined;
  }
}
