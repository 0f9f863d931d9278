import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Superuser } from './cluster.ts';
import { freePort } from './free-port.ts';
import type { Guardian } from './guardian.ts';
import { ensureNotRunning } from './pid-file.ts';
import { PortTakenError, type StopMode, startPostmaster, stopPostmaster } from './postmaster.ts';

/** A running PostgreSQL server of our own. Made by `startLocalPostgres`. */
export interface LocalPostgres {
  /** Always `127.0.0.1`. */
  readonly host: string;
  readonly port: number;
  /** The superuser. */
  readonly user: string;
  readonly password: string;
  /** The server's main process. Throws while the server is stopped. */
  readonly pid: number;
  /** Where the data really lies; it can differ from the wanted place, see `startLocalPostgres`. */
  readonly dataDir: string;
  /** `postgresql://user:password@127.0.0.1:port/database`; the database is `postgres` unless given. */
  url(database?: string): string;
  /** Creates a database, with a random name unless given, and returns its URL. */
  createDatabase(name?: string): Promise<string>;
  /** Drops a database if it is there, disconnecting whoever uses it. */
  dropDatabase(name: string): Promise<void>;
  /** Stops the server; its data stays for `start()`. Nothing happens when it is stopped already. */
  stop(mode?: StopMode): Promise<void>;
  /** Starts the stopped (or crashed) server again, on the same port and data. */
  start(): Promise<void>;
  /** Stops the server for good and removes its data if that was temporary. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the server is made of; all of it decided before the first start. */
export interface Parts {
  readonly account: Account | undefined;
  readonly binaries: Binaries;
  readonly dataDir: string;
  readonly guardian: Guardian;
  readonly port: number | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly superuser: Superuser;
}

export class LocalPostgresServer implements LocalPostgres {
  readonly host = '127.0.0.1';
  readonly #parts: Parts;
  #port: number | undefined;
  #child: ChildProcess | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#port = parts.port;
  }

  get port(): number {
    if (this.#port === undefined) throw new Error('The local PostgreSQL server was never started.');
    return this.#port;
  }

  get user(): string {
    return this.#parts.superuser.user;
  }

  get password(): string {
    return this.#parts.superuser.password;
  }

  get dataDir(): string {
    return this.#parts.dataDir;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('The local PostgreSQL server is stopped.');
    return pid;
  }

  url(database = 'postgres'): string {
    const part = encodeURIComponent;
    return `postgresql://${part(this.user)}:${part(this.password)}@${this.host}:${this.port}/${part(database)}`;
  }

  async createDatabase(name = `db_${randomBytes(6).toString('hex')}`): Promise<string> {
    // Since 15, when the other way became the default.
    const strategy = this.#parts.binaries.version < 15 ? '' : ' STRATEGY file_copy';
    await this.#asSuperuser((client) =>
      client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}${strategy}`),
    );
    return this.url(name);
  }

  async dropDatabase(name: string): Promise<void> {
    await this.#asSuperuser((client) =>
      client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`),
    );
  }

  async start(): Promise<void> {
    if (this.#child) return;
    await ensureNotRunning(this.#parts.dataDir);
    const fixed = this.#port;
    for (let attempt = 1; ; attempt++) {
      const port = fixed ?? (await freePort());
      try {
        await this.#startOn(port);
        this.#port = port;
        return;
      } catch (error) {
        // Two that start at once can find the same port free: the later one looks again.
        if (fixed !== undefined || attempt === 10 || !(error instanceof PortTakenError)) throw error;
      }
    }
  }

  async stop(mode: StopMode = 'fast'): Promise<void> {
    if (this.#child) await stopPostmaster(this.#child, mode);
  }

  async dispose(): Promise<void> {
    await this.stop();
    await this.#parts.guardian.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #startOn(port: number): Promise<void> {
    const { account, binaries, dataDir, guardian, settings } = this.#parts;
    const child = await startPostmaster(binaries.postgres, dataDir, port, settings, account, (pid) =>
      guardian.watch(pid),
    );
    this.#child = child;
    const forget = () => {
      guardian.watch(undefined);
      if (this.#child === child) this.#child = undefined;
    };
    child.once('exit', forget);
    if (child.exitCode !== null || child.signalCode !== null) forget();
  }

  async #asSuperuser(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
    const client = new pg.Client({ connectionString: this.url(), ssl: false });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }
}
