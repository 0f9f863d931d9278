import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import {
  type Config,
  ConfigurationError,
  type ConfigurationFault,
  type Env,
  oneOf,
  type PostgresTarget,
  parseConfig,
  parseSqliteUrl,
  readVariables,
  type SqliteTarget,
  type Variable,
  wholeNumber,
} from '@vatevo/connection';
import ipaddr from 'ipaddr.js';
import type { Retention } from './retention/forget.ts';

/** What the environment means to the API: the shared configuration and its own. */
export interface ApiConfig extends Config {
  /** SHA-256 of `VATEVO_OPERATOR_TOKEN`, or of what its file holds, which is not kept itself; undefined when unset. */
  readonly operatorTokenHash: Buffer | undefined;
  /** The same of `VATEVO_METRICS_TOKEN`. */
  readonly metricsTokenHash: Buffer | undefined;
  /** `VATEVO_CORS_ORIGINS`: pages of these origins may call the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** `VATEVO_RATE_LIMIT`: requests a minute that one caller may make; 0 when there is no limit. */
  readonly rateLimit: number;
  /** `VATEVO_TRUST_PROXY`: whose `X-Forwarded-For` is believed, as Express takes it; false for nobody's. */
  readonly trustProxy: number | string[] | false;
  /** `WEB_CONCURRENCY`: on how many processes; undefined when the one that is started is all there is. */
  readonly processes: number | undefined;
  /** `VATEVO_MAX_CONNECTIONS`: connections of clients at a time. */
  readonly maxConnections: number;
  /** `VATEVO_WEBHOOKS`: whether this process delivers webhooks, and whether to private addresses, too. */
  readonly webhooks: WebhookMode;
  /** `VATEVO_KEEP_ANSWERS_HOURS`, `VATEVO_KEEP_EVENTS_DAYS`: how long rows are kept that nobody needs for ever. */
  readonly retention: Retention;
  /** `VATEVO_INVOICE_RULES`: what becomes of a tenant's invoice that breaks a fatal rule. */
  readonly invoiceRules: (tenantId: number) => InvoiceRules;
  /** `VATEVO_REPLICA_READS=header`: only requests that carry a position may be answered by a replica. */
  readonly replicaReadsByHeader: boolean;
  /** `VATEVO_FOLLOW_CUTOVER`: the two databases of which the primary is served; undefined when it is not set. */
  readonly follow: FollowedDatabases | undefined;
}

export interface FollowedDatabases {
  readonly file: SqliteTarget;
  readonly server: PostgresTarget;
}

const WEBHOOK_MODES = ['on', 'off', 'on-with-private-addresses'] as const;
type WebhookMode = (typeof WEBHOOK_MODES)[number];

/**
 * What becomes of an invoice that breaks a fatal rule: `report` lists what it breaks; `enforce` leaves it failed;
 * `enforce-en16931` does so for rules of EN 16931, and lets invoices pass that are not for Peppol.
 */
export const INVOICE_RULES = ['report', 'enforce', 'enforce-en16931'] as const;
export type InvoiceRules = (typeof INVOICE_RULES)[number];

const SHORTEST_TOKEN = 16;
/** A hundred a second: far more than a client needs, far less than it takes to get in the way of others. */
const DEFAULT_RATE_LIMIT = 6000;
const HIGHEST_RATE_LIMIT = 1_000_000;
const DEFAULT_MAX_CONNECTIONS = 10_000;
const MAX_PROCESSES = 256;
const HOUR_MS = 3600_000;
const DEFAULT_ANSWERS_HOURS = 24;
/** Ten years. */
const LONGEST_KEPT_DAYS = 3660;
const PROXY_NETWORKS = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** Origins by commas. */
const ORIGINS: Variable<string[]> = {
  read(text) {
    const origins = partsOf(text);
    const isOrigin = (origin: string) => URL.canParse(origin) && new URL(origin).origin === origin;
    return origins.every(isOrigin) ? origins : undefined;
  },
  problem: 'holds something that is no origin',
  allowed: 'origins separated by commas, such as https://app.example.org',
};

/** A number of proxies in front, or their addresses: `1`, `10.0.0.0/8,loopback`. */
const PROXIES: Variable<ApiConfig['trustProxy']> = {
  read(text) {
    if (/^\d{1,2}$/.test(text)) return Number(text) || false;
    const parts = text.split(',').map((part) => part.trim());
    // In full: `10/8` would be 0.0.0.10/8.
    const isAddress = (part: string) => isIP(part.split('/', 1)[0] ?? '') !== 0;
    const isKnown = (part: string) =>
      PROXY_NETWORKS.has(part) || (isAddress(part) && (!part.includes('/') || ipaddr.isValidCIDR(part)));
    return parts.every(isKnown) ? parts : undefined;
  },
  allowed: `how many proxies stand in front, or their addresses and networks, by commas (${[...PROXY_NETWORKS].join(', ')} stand for networks)`,
};

/** A number of processes, or `auto`: one for each processor that this process may use. */
const PROCESSES: Variable<number> = {
  read(text) {
    const count = text === 'auto' ? availableParallelism() : Number(text);
    return /^(?:auto|[1-9]\d{0,2})$/.test(text) && count <= MAX_PROCESSES ? count : undefined;
  },
  allowed: `auto, or a whole number from 1 to ${MAX_PROCESSES}`,
};

/** `enforce`, or with other rules for some tenants: `report,7=enforce,9=enforce-en16931`. */
const RULES_BY_TENANT: Variable<ApiConfig['invoiceRules']> = {
  read(text) {
    let common: InvoiceRules = 'report';
    const ofTenants = new Map<number, InvoiceRules>();
    for (const [index, part] of partsOf(text).entries()) {
      const [, tenant, mode] = /^(?:(\d{1,10})=)?(.*)$/.exec(part) ?? [];
      const rules = INVOICE_RULES.find((known) => known === mode);
      if (rules === undefined || (tenant === undefined && index > 0)) return undefined;
      if (tenant === undefined) common = rules;
      else ofTenants.set(Number(tenant), rules);
    }
    return (tenantId) => ofTenants.get(tenantId) ?? common;
  },
  allowed: `${INVOICE_RULES.join(', ')}, then TENANT=RULES for the tenants with other ones`,
};

const VARIABLES = {
  VATEVO_CORS_ORIGINS: ORIGINS,
  VATEVO_RATE_LIMIT: wholeNumber(0, HIGHEST_RATE_LIMIT, 'requests a minute, a whole number', 'no limit'),
  VATEVO_MAX_CONNECTIONS: wholeNumber(16, 1_000_000, 'connections, a whole number'),
  VATEVO_TRUST_PROXY: PROXIES,
  VATEVO_WEBHOOKS: oneOf(WEBHOOK_MODES),
  WEB_CONCURRENCY: PROCESSES,
  VATEVO_INVOICE_RULES: RULES_BY_TENANT,
  VATEVO_KEEP_ANSWERS_HOURS: wholeNumber(1, LONGEST_KEPT_DAYS * 24, 'hours, a whole number'),
  VATEVO_KEEP_EVENTS_DAYS: wholeNumber(0, LONGEST_KEPT_DAYS, 'days, a whole number', 'every event is kept'),
  VATEVO_REPLICA_READS: oneOf(['remembered', 'header']),
  VATEVO_FOLLOW_CUTOVER: oneOf(['0', '1']),
} as const;

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * Reads the environment once, for the whole life of the process.
 *
 * @throws ConfigurationError naming every variable that is wrong
 */
export function readSettings(env: Env): ApiConfig {
  const faults: ConfigurationFault[] = [];
  const config = shared(env, faults);
  const operatorTokenHash = readToken(env, 'VATEVO_OPERATOR_TOKEN', faults);
  const metricsTokenHash = readToken(env, 'VATEVO_METRICS_TOKEN', faults);
  const values = readVariables(env, VARIABLES, faults);
  const processes = values.WEB_CONCURRENCY;
  if ((processes ?? 1) > 1 && config?.database.kind === 'sqlite') {
    faults.push({
      variable: 'WEB_CONCURRENCY',
      problem: `asks for ${processes} processes, and a SQLite file belongs to one`,
      allowed: '1 with SQLite; set POSTGRES_URL for more',
    });
  }
  const follow = values.VATEVO_FOLLOW_CUTOVER === '1' ? readFollowed(env, config, faults) : undefined;
  if (config === undefined || faults.length > 0) throw new ConfigurationError(faults);
  const isOpen = config.environment === 'development' || config.environment === 'test';
  const days = values.VATEVO_KEEP_EVENTS_DAYS;
  return {
    ...config,
    operatorTokenHash,
    metricsTokenHash,
    corsOrigins: values.VATEVO_CORS_ORIGINS ?? [],
    trustProxy: values.VATEVO_TRUST_PROXY ?? false,
    processes,
    maxConnections: values.VATEVO_MAX_CONNECTIONS ?? DEFAULT_MAX_CONNECTIONS,
    webhooks: values.VATEVO_WEBHOOKS ?? 'on',
    invoiceRules: values.VATEVO_INVOICE_RULES ?? (() => 'report'),
    retention: {
      answersMs: (values.VATEVO_KEEP_ANSWERS_HOURS ?? DEFAULT_ANSWERS_HOURS) * HOUR_MS,
      eventsMs: days ? days * 24 * HOUR_MS : undefined,
    },
    replicaReadsByHeader: values.VATEVO_REPLICA_READS === 'header',
    follow,
    rateLimit: values.VATEVO_RATE_LIMIT ?? (isOpen ? 0 : DEFAULT_RATE_LIMIT),
  };
}

function shared(env: Env, faults: ConfigurationFault[]): Config | undefined {
  try {
    return parseConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    faults.push(...error.faults);
    return undefined;
  }
}

function readToken(env: Env, variable: string, faults: ConfigurationFault[]): Buffer | undefined {
  const file = `${variable}_FILE`;
  const named = env[file]?.trim() || undefined;
  if (named !== undefined && env[variable]) {
    faults.push({ variable: file, problem: `is set, and so is ${variable}`, allowed: 'one of the two' });
    return undefined;
  }
  const token = named === undefined ? env[variable] || undefined : readTokenFile(named, file, faults);
  if (token === undefined) return undefined;
  if (token.length < SHORTEST_TOKEN) {
    faults.push({
      variable: named === undefined ? variable : file,
      problem: 'is too short to keep anybody out',
      allowed: `at least ${SHORTEST_TOKEN} characters`,
    });
  }
  return createHash('sha256').update(token).digest();
}

/** Orchestrators hand secrets over as files, which often end with a line end. */
function readTokenFile(name: string, variable: string, faults: ConfigurationFault[]): string | undefined {
  try {
    return readFileSync(name, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    faults.push({
      variable,
      problem: `names a file that cannot be read (${code})`,
      allowed: 'a file that holds the token',
    });
    return undefined;
  }
}

function readFollowed(
  env: Env,
  config: Config | undefined,
  faults: ConfigurationFault[],
): FollowedDatabases | undefined {
  for (const missing of ['DATABASE_URL', 'POSTGRES_URL']) {
    if (env[missing]?.trim() || faults.some((fault) => fault.variable === missing)) continue;
    const problem = 'is not set, and VATEVO_FOLLOW_CUTOVER=1 needs both databases';
    faults.push({
      variable: missing,
      problem,
      allowed: 'DATABASE_URL=file:PATH and POSTGRES_URL=postgresql://…',
    });
  }
  if (config?.database.kind !== 'postgres' || faults.length > 0) return undefined;
  return { file: parseSqliteUrl(env.DATABASE_URL?.trim() ?? ''), server: config.database };
}
