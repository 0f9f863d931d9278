import { TLSSocket } from 'node:tls';
import pg from 'pg';
import type { HostAddress } from './hosts.ts';
import { NegotiatingConnection } from './negotiating-connection.ts';
import { readPassword } from './password.ts';
import type { PostgresTarget } from './target.ts';
import { warnOnce } from './warn-once.ts';

/** pg's own configuration, and the target instead of its host, user, password, ssl … */
export interface PgClientConfig
  extends Omit<
    pg.ClientConfig,
    'connectionString' | 'database' | 'host' | 'options' | 'password' | 'port' | 'ssl' | 'stream' | 'user'
  > {
  readonly target: PostgresTarget;
}

/** What is settled while a session lasts: every session reads and writes dates and times the same way. */
const SESSION = { TimeZone: 'UTC', DateStyle: 'ISO, MDY' } as const;

/**
 * The one client of this project, also for pools (`new pg.Pool({ ...clientConfig(target), Client: PgClient })`).
 *
 * - `sslmode` has libpq's meaning, and the time-out covers all of opening: name, network, TLS, login.
 * - Every session runs with `TimeZone=UTC`, sent as a startup parameter: that beats `ALTER ROLE … SET timezone`,
 *   and PgBouncer tracks it where it would refuse `options`.
 * - Of the PG* environment variables only PGPASSWORD counts, when the target holds no password.
 */
export class PgClient extends pg.Client {
  readonly #target: PostgresTarget;
  readonly #startup: Readonly<Record<string, string>>;

  constructor(config: PgClientConfig) {
    const { target, ...rest } = config;
    super({
      ...rest,
      host: target.host,
      port: target.port,
      user: target.user,
      database: target.database,
      // Given, so that pg looks neither for PGSSLMODE nor for PGSSLNEGOTIATION.
      ssl: false,
      sslnegotiation: 'postgres',
      enableChannelBinding: target.ssl.channelBinding === 'require',
      connection: new NegotiatingConnection(target, rest.connectionTimeoutMillis),
    } as pg.ClientConfig);
    // Set here because an empty one makes pg look for a .pgpass file; not in the configuration, which is shown.
    this.password = target.password ?? process.env.PGPASSWORD ?? '';
    this.#target = target;
    warnOnce(target.warning);
    this.#startup = {
      user: target.user,
      database: target.database,
      ...target.parameters,
      ...(rest.application_name && { application_name: rest.application_name }),
      ...SESSION,
    };
  }

  /** Called by pg when the connection is ready to start (Client.getStartupConf, not in its types). */
  getStartupConf(): Record<string, string> {
    return { ...this.#startup };
  }

  /** Called by pg each time a server asks for the password (Client._getPassword, not in its types). */
  _getPassword(done: () => void): void {
    const { connection } = this;
    const { stream } = connection;
    readPassword(this.#target, this.connectedTo).then(
      (password) => {
        // Meanwhile another host may be asked.
        if (stream !== connection.stream) return;
        this.password = password;
        done();
      },
      (error) => connection.emit('error', error),
    );
  }

  /** The host that this connection leads to, of those that the target names. */
  get connectedTo(): HostAddress {
    return (this.connection as unknown as NegotiatingConnection).address;
  }

  /**
   * While it is being opened: waits no longer for the host that is asked, and asks the next one, or fails.
   *
   * @param address nothing is done when another host is asked
   */
  leaveHost(address: HostAddress = this.connectedTo): void {
    (this.connection as unknown as NegotiatingConnection).leaveHost(address);
  }

  /**
   * `is a standby` or `is read-only` when the server has said so: it takes no writes, whatever a transaction asks for.
   * Servers before PostgreSQL 14, and poolers, do not say it.
   */
  get readOnlyServer(): string | undefined {
    return (this.connection as unknown as NegotiatingConnection).readOnly;
  }

  /** The TLS that protects the connection; `undefined` in clear text and before it is open. */
  get encryption(): { readonly protocol: string; readonly cipher: string } | undefined {
    const { stream } = this.connection;
    if (!(stream instanceof TLSSocket) || !stream.encrypted) return undefined;
    return { protocol: stream.getProtocol() ?? 'TLS', cipher: stream.getCipher().standardName };
  }
}

export interface ConnectOptions {
  /**
   * Milliseconds for the whole of opening: name, network, TLS, login. When omitted, the `connect_timeout` of
   * the URL, else 10 seconds.
   */
  readonly timeoutMs?: number | undefined;
  /** Shown in pg_stat_activity; when omitted, the `application_name` of the URL, else `vatevo`. */
  readonly applicationName?: string | undefined;
}

const DEFAULT_TIMEOUT = 10_000;

/** What {@link PgClient} wants to know, for `new pg.Pool({ ...clientConfig(target), Client: PgClient })`. */
export function clientConfig(target: PostgresTarget, options: ConnectOptions = {}): PgClientConfig {
  const seconds = target.connectTimeoutSeconds;
  const inUrl = seconds === undefined ? undefined : seconds * 1000;
  return {
    target,
    application_name: options.applicationName ?? target.parameters.application_name ?? 'vatevo',
    connectionTimeoutMillis: options.timeoutMs ?? inUrl ?? DEFAULT_TIMEOUT,
  };
}

/** A client that is not connected yet. */
export function createClient(target: PostgresTarget, options: ConnectOptions = {}): PgClient {
  return new PgClient(clientConfig(target, options));
}
