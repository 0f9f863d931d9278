import {
  type ConnectionError,
  clientConfig,
  describeTarget,
  IS_CLUSTER,
  PgClient,
  type PgClientConfig,
  type PostgresTarget,
  requestCancel,
  toConnectionError,
} from '@vatevo/connection';
import { askServerRecord, knownState, UnknownCutoverStateError } from '@vatevo/cutover-state';
import pg from 'pg';
import { explainFence } from '../cutover/fence.ts';
import { observeQuery } from '../observe-query.ts';
import type { DbObserver } from '../observer.ts';
import { connectionFailure, otherServerFailure, unreplicatedFailure } from './connection-failure.ts';
import { insist } from './insist.ts';
import { ModelQuery } from './model-query.ts';
import { OpenedQuery, type OpeningStatement, type QueryCallback, type QueryConfig } from './opened-query.ts';
import { PrintedQuery, type PrintedRow } from './printed-query.ts';
import { type ServerSession, WHICH_SESSION } from './server-session.ts';
import { SETTLE_SESSION } from './session-settings.ts';
import { modelStatementName, statementName } from './statement-name.ts';
import { Unanswered } from './unanswered.ts';

/** Milliseconds in which the server must have taken a request to cancel. */
const CANCEL_TIMEOUT_MS = 1000;

const { escapeLiteral } = pg;

const WHO_ANSWERS = `SELECT pg_catalog.pg_backend_pid() AS pid,
  ${IS_CLUSTER} AS "isCluster"`;

/** What opens a session and is no setting of it. */
const NO_SETTINGS: ReadonlySet<string> = new Set(['user', 'database', 'options', 'replication']);

/** Where pg notes the statements that the server knows by name (lib/connection.js). */
interface StatementNames {
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
}

/** Where PostgreSQL tells of a COMMIT that no standby has confirmed, although it should have waited for one. */
const UNREPLICATED = 'SyncRepWaitForLSN';

/** What the pool hands to its connections. */
export interface PooledClientConfig extends PgClientConfig {
  readonly observer: DbObserver;
  /** Called when a statement is sent on a connection that owed no answer. */
  readonly whenOwing: () => void;
  /** Called when a server is found to take no writes. */
  readonly whenReadOnly: () => void;
  /** Those that are being opened. */
  readonly opening: Set<PooledClient>;
}

/** A connection of the pool: what it loses is told as `ConnectionError`, inside transactions too. */
export class PooledClient extends PgClient {
  readonly #target: PostgresTarget;
  readonly #observer: DbObserver;
  readonly #whenReadOnly: () => void;
  /** What the server owes an answer to. */
  readonly unanswered: Unanswered;
  readonly #opening: Set<PooledClient>;
  #opensSince = 0;
  /** Which session of which server it is, or was when it was opened; undefined where that cannot be told. */
  session: ServerSession | undefined;
  /**
   * Whether a statement that was given a name is there later, too. A pooler such as PgBouncer may put the next
   * transaction into another session of the server, which has never heard of it.
   */
  keepsStatements = false;
  /** Whether the database is that of a cluster's coordinator (Citus), whatever of its tables is distributed. */
  isCluster = false;
  /**
   * Whether the session has the settings that our statements rely on. Behind a pooler, where the session is not ours, each
   * transaction has to set them itself.
   */
  isSettled = false;
  /**
   * Whether somebody's own SQL was run, which may have left anything behind in the session: a role, settings, locks,
   * temporary tables, prepared statements.
   */
  ranRawSql = false;
  /** Told to whoever holds the connection when the pool closes under him. */
  whenCut: ((error: Error) => void) | undefined;
  #refusal: Promise<UnknownCutoverStateError | undefined> = Promise.resolve(undefined);
  /** It has been found that nothing stands against using the database. */
  #isAllowed = false;
  #isClean: boolean | Promise<boolean> = true;
  #lost = false;
  #lostAtRest: ConnectionError | undefined;
  #abandoned = false;
  /** Whether it leads to the server itself. */
  #isDirect = false;

  /** @param config the pool's own, whose time-out is that of waiting in line and not that of connecting */
  constructor({ target, observer, whenOwing, whenReadOnly, opening }: PooledClientConfig) {
    // What is asked without waiting is sent without waiting: a tenant's statement costs one trip to the server.
    super({ ...clientConfig(target), pipeline: true });
    this.#target = target;
    this.#observer = observer;
    this.#whenReadOnly = whenReadOnly;
    this.unanswered = new Unanswered(whenOwing);
    this.#opening = opening;
    this.on('notice', ({ routine }) => {
      if (routine === UNREPLICATED) this.#lostAtRest ??= unreplicatedFailure(target);
    });
    // A connection that is lost while in use fails the query at work, or the next one, with the server's last words.
    this.on('error', (error) => {
      this.#lostAtRest ??= connectionFailure(error, target);
    });
  }

  /** Called by the pool, with a callback. */
  override connect(...args: unknown[]): never {
    const [callback] = args as [((error?: Error | null, ...rest: unknown[]) => void) | undefined];
    if (callback === undefined) return Reflect.apply(super.connect, this, []) as never;
    this.#opening.add(this);
    this.#opensSince = performance.now();
    const observed = (error?: Error | null, ...rest: unknown[]) => {
      this.#opening.delete(this);
      if (error) this.#observer.connectionFailed?.(toConnectionError(error, this.#target).reason);
      else {
        this.unanswered.heardAt = performance.now();
        this.connection.stream.on('data', () => {
          this.unanswered.heardAt = performance.now();
        });
        const found = this.#findOutWhoAnswers();
        this.#refusal = this.#lookAtCutover().then(async (refusal) => {
          await found;
          this.#isAllowed = refusal === undefined;
          return refusal;
        });
      }
      callback(error, ...rest);
    };
    return Reflect.apply(super.connect, this, [observed]) as never;
  }

  /** When it began to be opened (`performance.now()`). */
  get opensSince(): number {
    return this.#opensSince;
  }

  /** A pooler announces a process id of its own making, so that it can pass on requests to cancel. */
  async #findOutWhoAnswers(): Promise<void> {
    const session = this.#askWhichSession();
    try {
      const { rows } = await insist(() =>
        this.unanswered.own(super.query<{ pid: number; isCluster: boolean }>(WHO_ANSWERS)),
      );
      this.isCluster = rows[0]?.isCluster ?? false;
      const found = await session;
      this.#isDirect = rows[0]?.pid === (this as unknown as { readonly processID: number }).processID;
      this.session = found && { ...found, pid: this.#isDirect ? found.pid : undefined };
      if (!this.#isDirect) return;
      this.keepsStatements = true;
      await insist(() => this.unanswered.own(super.query(SETTLE_SESSION)));
      this.isSettled = true;
    } catch {
      // The connection is lost, which the next query finds out.
    }
  }

  /** Undefined where the server does not tell. */
  async #askWhichSession(): Promise<ServerSession | undefined> {
    try {
      const { rows } = await insist(() =>
        this.unanswered.own(super.query<ServerSession & pg.QueryResultRow>(WHICH_SESSION)),
      );
      return rows[0];
    } catch {
      return undefined;
    }
  }

  /** Why nobody may use the database: a later release has to tell who serves it. */
  get refusal(): Promise<UnknownCutoverStateError | undefined> {
    return this.#refusal;
  }

  async #lookAtCutover(): Promise<UnknownCutoverStateError | undefined> {
    try {
      const record = await insist(() =>
        askServerRecord(
          async (text) =>
            (await this.unanswered.own(super.query<unknown[]>({ text, rowMode: 'array' }))).rows,
        ),
      );
      if (record) knownState(describeTarget(this.#target), record);
    } catch (error) {
      if (error instanceof UnknownCutoverStateError) return error;
      // This role may not look, or the connection is lost, which the next query finds out.
    }
    return undefined;
  }

  /** Whether the next caller may have it: nothing is under way, and no transaction was left open. */
  get isAtRest(): boolean {
    return !this.unanswered.holdsQueries && !this.#lost && !this.#abandoned && this.transactionStatus === 'I';
  }

  /** How the connection was lost while nothing was under way on it; what is sent from then on reaches nobody. */
  get lostAtRest(): ConnectionError | undefined {
    return this.#lostAtRest;
  }

  /** What the server said with its last answer: `I` outside of a transaction, `T` inside, `E` inside a failed one. */
  get transactionStatus(): string | null {
    return (this as unknown as { getTransactionStatus(): string | null }).getTransactionStatus();
  }

  override query(...args: unknown[]): never {
    const result: unknown = Reflect.apply(super.query, this, args);
    if (!(result instanceof Promise)) return result as never;
    return this.#told(textOf(args[0]), result) as never;
  }

  /** Runs a statement, or several, without values. */
  command(text: string): Promise<pg.QueryResult> {
    return this.query(text) as Promise<pg.QueryResult>;
  }

  /** The query, alone in its message: a text of several statements is refused. `opening` is sent in front of it. */
  queryOpened(config: QueryConfig, opening: readonly OpeningStatement[]): Promise<pg.QueryResult> {
    return this.#submit(config.text, (done) => new OpenedQuery(config, opening, done));
  }

  /** A statement that is made from a model, outside of transactions; the server keeps the plan of what comes again. */
  queryModel(config: QueryConfig): Promise<pg.QueryResult> {
    const name = this.keepsStatements ? modelStatementName(config.text) : undefined;
    if (name === undefined) return this.query(config) as Promise<pg.QueryResult>;
    return this.#submit(config.text, (done) => new ModelQuery({ ...config, name }, done));
  }

  /** Sends what `make` makes, which calls `done` at its end. */
  #submit(text: string, make: (done: QueryCallback) => OpenedQuery): Promise<pg.QueryResult> {
    const result = new Promise<pg.QueryResult>((resolve, reject) => {
      const query = make((error, answer) => (error ? reject(error) : resolve(answer as pg.QueryResult)));
      super.query(query as unknown as pg.Submittable);
    });
    return this.#told(text, result);
  }

  /** Rows as arrays of texts as the server prints them. `opening` is sent in front of the query. */
  queryPrinted(
    text: string,
    values: readonly unknown[],
    opening: readonly OpeningStatement[] = [],
  ): Promise<PrintedRow[]> {
    const name = this.keepsStatements ? statementName(text) : undefined;
    const result = new Promise<PrintedRow[]>((resolve, reject) => {
      const failed = (error: Error) => {
        // Nobody knows whether the server has a plan of what failed in front of it.
        if (!query.opened) this.keepsStatements = false;
        reject(error);
      };
      const query = new PrintedQuery({ name, text, values }, opening, resolve, failed);
      super.query(query as unknown as pg.Submittable);
    });
    return this.#told(text, result);
  }

  /**
   * Lets all that is sent in this turn of the event loop go to the server in one packet: each packet costs a
   * system call here and wakes a process there. (pg has no name for it; its own queries do the same to theirs.)
   */
  sendAtOnce(): void {
    const { stream } = this.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  /** Runs SQL of a caller's own outside of any transaction, and clears up behind it. */
  queryOwn(config: QueryConfig): Promise<pg.QueryResult> {
    this.ranRawSql = true;
    return this.#clearBehind(() => this.query(config) as Promise<pg.QueryResult>);
  }

  /** Ends the transaction, and clears up behind the SQL of its callers' own. */
  endTransaction(how: 'COMMIT' | 'ROLLBACK'): Promise<pg.QueryResult> {
    return this.#clearBehind(() => this.command(how));
  }

  /**
   * Sends what ends the session's transaction, and in the same packet what makes the session as it was when it was
   * opened: a pooler keeps both to one session of the server, and has no place between them for another client. The
   * server forgets its plans with the rest. Nobody waits for it; {@link isClean} says what came of it.
   */
  #clearBehind<T>(send: () => Promise<T>): Promise<T> {
    if (!this.ranRawSql) return send();
    this.ranRawSql = false;
    this.sendAtOnce();
    const sent = send();
    const { connection } = this as unknown as { readonly connection: StatementNames };
    const cleared = [super.query('DISCARD ALL')];
    // A pooler's sessions were opened with other settings than ours, and it takes theirs for what we want from now on.
    const settings = this.#isDirect ? SETTLE_SESSION : this.#ownSettings;
    // What setseed chose outlives DISCARD ALL.
    cleared.push(super.query(`SELECT pg_catalog.setseed(${Math.random()}); ${settings}`));
    this.#isClean = this.unanswered.own(Promise.all(cleared)).then(
      () => {
        connection.parsedStatements = {};
        connection.submittedNamedStatements = {};
        this.#isClean = true;
        return true;
      },
      () => false,
    );
    return sent;
  }

  /** SQL for the settings that the session was opened with. */
  get #ownSettings(): string {
    const settings = Object.entries(this.getStartupConf()).filter(([name]) => !NO_SETTINGS.has(name));
    const set = settings.map(
      ([name, value]) => `pg_catalog.set_config(${escapeLiteral(name)}, ${escapeLiteral(value)}, false)`,
    );
    return `SELECT ${set.join(', ')}`;
  }

  /** Whether it can be handed out at once: nothing is to be found out about it. */
  get isReady(): boolean {
    return this.#isAllowed && this.#isClean === true;
  }

  /** Whether the session is as it was when it was opened, or a promise of that. */
  get isClean(): boolean | Promise<boolean> {
    return this.#isClean;
  }

  /**
   * Gives up what is under way: asks the server to cancel it, and cuts the connection. A request to cancel may come
   * late and meet whatever is run by then, so nobody may have the connection afterwards.
   *
   * @param reason what those are told who wait for it
   */
  async abandon(reason?: ConnectionError): Promise<void> {
    if (this.#abandoned) return;
    this.#abandoned = true;
    this.#lostAtRest ??= reason;
    try {
      if (this.unanswered.holdsQueries) await this.#cancel();
    } finally {
      this.connection.stream.destroy();
    }
  }

  /** Cuts the connection at once: there is nobody who could cancel anything. */
  cut(reason: ConnectionError): void {
    if (this.#abandoned) return;
    this.#abandoned = true;
    this.#lostAtRest ??= reason;
    this.connection.stream.destroy();
  }

  #cancel(): Promise<void> {
    const { processID, secretKey } = this as unknown as { processID: number; secretKey: number };
    const at = this.#target.with(this.connectedTo);
    return requestCancel(at, { processId: processID, secretKey }, CANCEL_TIMEOUT_MS);
  }

  /** Tells the observer how a query ends, and the caller why its connection is lost. */
  #told<T>(text: string, result: Promise<T>): Promise<T> {
    this.unanswered.querySent();
    return observeQuery(this.#observer, text, () => this.#explained(result));
  }

  async #explained<T>(result: Promise<T>): Promise<T> {
    try {
      const answer = await result;
      this.unanswered.queryEnded();
      // Given up meanwhile: to a COMMIT that was cancelled the server says yes, and no standby has it.
      if (this.#lostAtRest === undefined) return answer;
    } catch (error) {
      this.unanswered.queryEnded();
      const away = this.isCluster ? otherServerFailure(error, this.#target) : undefined;
      if (away && this.#lostAtRest === undefined) throw away;
      const failure = this.#lostAtRest ?? connectionFailure(error, this.#target, this.readOnlyServer);
      if (failure === undefined) throw explainFence(error);
      throw this.#losing(failure);
    }
    throw this.#losing(this.#lostAtRest);
  }

  #losing(failure: ConnectionError): ConnectionError {
    if (!this.#lost && !this.#abandoned) this.#observer.connectionFailed?.(failure.reason);
    if (failure.reason === 'read-only') this.#whenReadOnly();
    this.#lost = true;
    // The server's last words come before the end of the connection: the pool must not hand it out in between.
    this.end().catch(() => undefined);
    return failure;
  }
}

function textOf(query: unknown): string {
  return typeof query === 'string' ? query : String((query as { text?: unknown } | null)?.text ?? '');
}
