import { inspect } from 'node:util';
import type { SslSettings } from './ssl.ts';

/** What a PostgreSQL connection needs to know. Made by `parsePostgresUrl`. */
export interface PostgresTargetFields {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string | undefined;
  readonly database: string;
  readonly ssl: SslSettings;
  /** Settings of the session from the URL's query, e.g. `application_name`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** From `connect_timeout` in the URL: longest time to open a connection. */
  readonly connectTimeoutSeconds?: number | undefined;
}

/**
 * A PostgreSQL database and how to reach it.
 *
 * The password is held so that it is not shown: console.log, util.inspect, JSON.stringify and a spread give
 * every other field.
 */
export class PostgresTarget implements PostgresTargetFields {
  readonly kind = 'postgres';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly ssl: SslSettings;
  readonly parameters: Readonly<Record<string, string>>;
  readonly connectTimeoutSeconds: number | undefined;
  readonly #password: string | undefined;

  constructor(fields: PostgresTargetFields) {
    this.host = fields.host;
    this.port = fields.port;
    this.user = fields.user;
    this.database = fields.database;
    this.ssl = Object.freeze({ ...fields.ssl });
    this.parameters = Object.freeze({ ...fields.parameters });
    this.connectTimeoutSeconds = fields.connectTimeoutSeconds;
    this.#password = fields.password;
    Object.freeze(this);
  }

  get password(): string | undefined {
    return this.#password;
  }

  /** The same server with some fields changed. */
  with(changes: Partial<PostgresTargetFields>): PostgresTarget {
    return new PostgresTarget({ ...this, password: this.#password, ...changes });
  }

  [inspect.custom](): string {
    return describeTarget(this);
  }
}

/** A SQLite database file. */
export interface SqliteTarget {
  readonly kind: 'sqlite';
  /** As configured: absolute, or relative to the working directory. */
  readonly file: string;
}

/** For people: `postgresql://user@host:5432/db (sslmode=require)`, `SQLite file ./vatevo.db`. Never a password. */
export function describeTarget(target: PostgresTarget | SqliteTarget): string {
  if (target.kind === 'sqlite') return `SQLite file ${target.file}`;
  return `${address(target)} (sslmode=${target.ssl.mode})`;
}

/**
 * A URL for places where others can read it, such as a process's arguments: no password, and the TLS
 * settings in the query so that nothing else of the target is lost. `parsePostgresUrl` reads it back.
 */
export function withoutPassword(target: PostgresTarget): string {
  const query: [string, string][] = [...Object.entries(target.parameters), ['sslmode', target.ssl.mode]];
  if (target.ssl.rootCertFile) query.push(['sslrootcert', target.ssl.rootCertFile]);
  if (target.connectTimeoutSeconds) query.push(['connect_timeout', String(target.connectTimeoutSeconds)]);
  // Not URLSearchParams: it writes a blank as a plus, which libpq takes for a plus.
  return `${address(target)}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

/** A host that begins with a slash is the folder of a Unix socket, as in libpq. */
export function isSocketFolder(host: string): boolean {
  return host.startsWith('/');
}

function address({ user, host, port, database }: PostgresTarget): string {
  const place = host.includes(':') ? `[${host}]` : encodeURIComponent(host);
  return `postgresql://${encodeURIComponent(user)}@${place}:${port}/${encodeURIComponent(database)}`;
}
