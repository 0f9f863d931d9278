import { inspect } from 'node:util';
import type { HostAddress, SessionAttributes } from './hosts.ts';
import type { PasswordSource } from './password-source.ts';
import type { SslSettings } from './ssl.ts';

/** What a PostgreSQL connection needs to know. Made by `parsePostgresUrl`. */
export interface PostgresTargetFields {
  /** The first host, and most often the only one. */
  readonly host: string;
  readonly port: number;
  /** Hosts to ask when the first one is away, or is not what `sessionAttributes` wants. */
  readonly otherHosts?: readonly HostAddress[];
  /** Which of the hosts will do; `any` when omitted. */
  readonly sessionAttributes?: SessionAttributes;
  /** Whether the hosts are asked in any order instead of as they are written. */
  readonly loadBalanceHosts?: boolean;
  readonly user: string;
  readonly password?: string | undefined;
  /** Asked for the password of each new connection, instead of `password`. */
  readonly passwordSource?: PasswordSource | undefined;
  /** A file that is read for the password of each new connection, instead of `password`. */
  readonly passwordFile?: string | undefined;
  readonly database: string;
  readonly ssl: SslSettings;
  /** What the client certificate's key is encrypted with. */
  readonly keyPassword?: string | undefined;
  /** Settings of the session from the URL's query, e.g. `application_name`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** From `connect_timeout` in the URL: longest time to open a connection. */
  readonly connectTimeoutSeconds?: number | undefined;
  /** Seconds without traffic before the system asks whether the server is there; 0: never. */
  readonly keepAliveSeconds?: number | undefined;
  /** What was passed over as it was read: one sentence, which names what does it here. */
  readonly warning?: string | undefined;
}

/**
 * A PostgreSQL database and how to reach it.
 *
 * Passwords are held so that they are not shown: console.log, util.inspect, JSON.stringify and a spread give
 * every other field.
 */
export class PostgresTarget implements PostgresTargetFields {
  readonly kind = 'postgres';
  readonly host: string;
  readonly port: number;
  readonly otherHosts: readonly HostAddress[];
  readonly sessionAttributes: SessionAttributes;
  readonly loadBalanceHosts: boolean;
  readonly user: string;
  readonly database: string;
  readonly ssl: SslSettings;
  readonly parameters: Readonly<Record<string, string>>;
  readonly connectTimeoutSeconds: number | undefined;
  readonly keepAliveSeconds: number | undefined;
  readonly passwordFile: string | undefined;
  readonly warning: string | undefined;
  readonly #password: string | undefined;
  readonly #passwordSource: PasswordSource | undefined;
  readonly #keyPassword: string | undefined;

  constructor(fields: PostgresTargetFields) {
    this.host = fields.host;
    this.port = fields.port;
    this.otherHosts = Object.freeze([...(fields.otherHosts ?? [])]);
    this.sessionAttributes = fields.sessionAttributes ?? 'any';
    this.loadBalanceHosts = fields.loadBalanceHosts ?? false;
    this.user = fields.user;
    this.database = fields.database;
    this.ssl = Object.freeze({ ...fields.ssl });
    this.parameters = Object.freeze({ ...fields.parameters });
    this.connectTimeoutSeconds = fields.connectTimeoutSeconds;
    this.keepAliveSeconds = fields.keepAliveSeconds;
    this.passwordFile = fields.passwordFile;
    this.warning = fields.warning;
    this.#password = fields.password;
    this.#passwordSource = fields.passwordSource;
    this.#keyPassword = fields.keyPassword;
    Object.freeze(this);
  }

  /** The password that was written down; with a file or a source, see `readPassword`. */
  get password(): string | undefined {
    return this.#password;
  }

  get passwordSource(): PasswordSource | undefined {
    return this.#passwordSource;
  }

  get keyPassword(): string | undefined {
    return this.#keyPassword;
  }

  /** All servers, the first one included. */
  get hosts(): readonly HostAddress[] {
    return [{ host: this.host, port: this.port }, ...this.otherHosts];
  }

  /**
   * The same server with some fields changed. Another host is one host, and a password that is given is the one that
   * counts.
   */
  with(changes: Partial<PostgresTargetFields>): PostgresTarget {
    const elsewhere = changes.host !== undefined || changes.port !== undefined;
    return new PostgresTarget({
      ...this,
      password: this.#password,
      passwordSource: this.#passwordSource,
      keyPassword: this.#keyPassword,
      ...(elsewhere && { otherHosts: [] }),
      ...(changes.password !== undefined && { passwordSource: undefined, passwordFile: undefined }),
      ...changes,
    });
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
  const { ssl } = target;
  const query: readonly (readonly [string, string | number | false | undefined])[] = [
    ...Object.entries(target.parameters),
    ['sslmode', ssl.mode],
    ['sslrootcert', ssl.rootCertFile],
    ['sslcrl', ssl.revocationFile],
    ['sslcert', ssl.certFile],
    ['sslkey', ssl.keyFile],
    ['sslidentity', ssl.identityFile],
    ['ssl_min_protocol_version', ssl.minVersion],
    ['ssl_max_protocol_version', ssl.maxVersion],
    ['sslnegotiation', ssl.negotiation],
    ['channel_binding', ssl.channelBinding],
    ['target_session_attrs', target.sessionAttributes !== 'any' && target.sessionAttributes],
    ['load_balance_hosts', target.loadBalanceHosts && 'random'],
    ['connect_timeout', target.connectTimeoutSeconds],
    ['keepalives', target.keepAliveSeconds === 0 && 0],
    ['keepalives_idle', target.keepAliveSeconds || undefined],
  ];
  const said = query.filter(([, value]) => value !== undefined && value !== false);
  // Not URLSearchParams: it writes a blank as a plus, which libpq takes for a plus.
  return `${address(target)}?${said.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`;
}

/** A host that begins with a slash is the folder of a Unix socket, as in libpq. */
export function isSocketFolder(host: string): boolean {
  return host.startsWith('/');
}

function address({ user, hosts, database }: PostgresTarget): string {
  const places = hosts.map(({ host, port }) => {
    const place = host.includes(':') ? `[${host}]` : encodeURIComponent(host);
    return `${place}:${port}`;
  });
  return `postgresql://${encodeURIComponent(user)}@${places.join(',')}/${encodeURIComponent(database)}`;
}
