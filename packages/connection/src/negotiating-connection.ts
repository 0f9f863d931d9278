import { isIP, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import pg from 'pg';
import {
  type Attempt,
  attemptsFor,
  avoid,
  type HostAddress,
  NoHostError,
  UnfitServerError,
  unfitness,
} from './hosts.ts';
import { isSqlState, isSqlStateOf } from './sqlstate.ts';
import { tlsOptions } from './ssl.ts';
import { isSocketFolder, type PostgresTarget } from './target.ts';
import { TlsError } from './tls-error.ts';

/** The parts of pg's Connection (lib/connection.js) that this builds on; its types leave them out. */
interface ConnectionParts {
  stream: Socket;
  _connecting: boolean;
  _ending: boolean;
  attachListeners(stream: Socket): void;
  requestSsl(): void;
  query(text: string): void;
  emit(event: string, ...values: unknown[]): boolean;
  on(event: 'parameterStatus', listener: (message: ParameterStatus) => void): this;
}

interface ParameterStatus {
  readonly parameterName: string;
  readonly parameterValue: string;
}

type Message = Readonly<Record<string, unknown>>;

/** What has happened since a host took the connection. */
interface Login {
  readonly stream: Socket;
  asksForPassword: boolean;
  /** Whether the password's proof covers the certificate of this very connection. */
  isBound: boolean;
  /** What the server said of its state when it was asked; undefined when it was not. */
  answer: string[] | undefined;
}

const Base = pg.Connection as unknown as new (config: object) => ConnectionParts;

/** Answers to a request for TLS (PostgreSQL manual, 54.2.10). */
const YES = 'S';
const NO = 'N';

/**
 * Whether a server says that it cannot take a session now, so that another host may: starting up or shutting down, no
 * connection left, a pooler without its server. A login that was turned down is none of these, as in libpq.
 */
function asksForAnother(error: unknown): boolean {
  return (
    isSqlStateOf(error, 'connection_exception') ||
    isSqlState(
      error,
      'too_many_connections',
      'admin_shutdown',
      'crash_shutdown',
      'cannot_connect_now',
      // A standby learns of a new database a moment after the primary.
      'invalid_catalog_name',
    )
  );
}

/** Asked where the server does not tell by itself, as before PostgreSQL 14 and behind poolers. */
const STATE_QUESTION =
  "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')";

/** Milliseconds without traffic before the system asks whether the other side is still there. */
const KEEP_ALIVE = 30_000;

/** Longest wait for one of a host's several addresses; Node's 250 ms cut off distant servers. */
const ADDRESS_TIMEOUT = 2000;

/** Milliseconds that all hosts together get when nothing else is said. */
const DEFAULT_TIMEOUT = 10_000;

/** Longest wait for a host that did not answer a moment ago: another may be about to take over from it. */
const AVOIDED_MS = 3_000;

/** The first byte of TLS without a request for it carries this protocol's name (PostgreSQL 17). */
const ALPN = 'postgresql';

const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);

/**
 * pg's connection, with the way to its first message rewritten to libpq's meaning of `sslmode` and of several hosts:
 *
 * 1. Connect. `disable` and Unix sockets start in clear text at once.
 * 2. Else ask for TLS. On "no", `prefer` goes on in clear text on the same connection, the others fail.
 * 3. On "yes", shake hands, checking what the mode demands. Only a finished handshake starts the session.
 * 4. `prefer` connects anew in clear text when the handshake failed, or when the server turned the session
 *    down before it asked for a password because its pg_hba.conf does not let this host in *with* TLS.
 * 5. A host that cannot be reached, or is not what `target_session_attrs` wants, is left for the next one. Each gets
 *    its share of the time.
 *
 * pg itself does not know of all this (its `ssl` is false), it sees a connection that is ready to start.
 */
export class NegotiatingConnection extends Base {
  readonly #target: PostgresTarget;
  readonly #timeoutMs: number;
  #attempt: Attempt;
  #left: Attempt[];
  readonly #refusals: (HostAddress & { readonly error: Error })[] = [];
  #deadline = 0;
  #share: NodeJS.Timeout | undefined;
  /** Settings that the server tells of. */
  readonly #told = new Map<string, string>();
  /** Until a session is there that will do. */
  #opening = true;

  constructor(target: PostgresTarget, timeoutMs = DEFAULT_TIMEOUT) {
    super({ ssl: false });
    this.#target = target;
    this.#timeoutMs = timeoutMs || DEFAULT_TIMEOUT;
    const { hosts, sessionAttributes, loadBalanceHosts } = target;
    const [first, ...left] = attemptsFor(hosts, sessionAttributes, loadBalanceHosts);
    this.#attempt = first as Attempt;
    this.#left = left;
    this.on('parameterStatus', ({ parameterName, parameterValue }) => {
      this.#told.set(parameterName, parameterValue);
    });
  }

  /** The host that the connection leads to, or is being opened to. */
  get address(): HostAddress {
    const { host, port } = this.#attempt;
    return { host, port };
  }

  /** What keeps the server from taking writes, by its own word; it says so again whenever that changes. */
  get readOnly(): string | undefined {
    const state = stateOf(this.#told, undefined);
    return state && unfitness('read-write', state);
  }

  /** Called by pg's client, with the first host: which one it will be is known here. */
  connect(): void {
    this._connecting = true;
    this.#deadline = performance.now() + this.#timeoutMs;
    this.#try();
  }

  /** Gives up a host that does not answer, if it is the one that is asked: for the next one, or for good. */
  leaveHost({ host, port }: HostAddress): void {
    if (!this.#opening || this._ending || host !== this.#attempt.host || port !== this.#attempt.port) return;
    this.#fail(new Error('timeout expired'));
  }

  get #prefers(): boolean {
    return this.#target.ssl.mode === 'prefer';
  }

  #try(): void {
    clearTimeout(this.#share);
    const { host, isAvoided } = this.#attempt;
    if (this.#left.length > 0 || isAvoided) {
      const share = (this.#deadline - performance.now()) / (this.#left.length + 1);
      const leave = () => {
        if (this.#opening && !this._ending) avoid(this.#attempt);
        this.leaveHost(this.#attempt);
      };
      this.#share = setTimeout(leave, isAvoided ? Math.min(share, AVOIDED_MS) : share).unref();
    }
    try {
      const { ssl, keyPassword } = this.#target;
      this.#open(isSocketFolder(host) ? undefined : tlsOptions(ssl, host, keyPassword));
    } catch (error) {
      // A certificate file, which is wrong for all hosts. Later, because pg's client listens only after this call.
      this.#left = [];
      this.#use(this.stream);
      process.nextTick(() => this.#fail(error as Error));
    }
  }

  #open(tls: ConnectionOptions | undefined): void {
    this.#unwatch();
    const abandoned = this.stream;
    const socket = new Socket();
    this.#use(socket);
    abandoned.destroy();
    socket.setNoDelay(true);
    const { keepAliveSeconds } = this.#target;
    if (keepAliveSeconds !== 0) {
      socket.setKeepAlive(true, keepAliveSeconds === undefined ? KEEP_ALIVE : keepAliveSeconds * 1000);
    }
    socket.once('connect', () => {
      if (tls === undefined) this.#start(socket);
      else if (this.#target.ssl.negotiation === 'direct') this.#shakeHands(socket, tls);
      else this.#requestTls(socket, tls);
    });
    const { host, port } = this.#attempt;
    const place = isSocketFolder(host) ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
    socket.connect({ ...place, autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT } as never);
  }

  /** From now on, what happens to `stream` is what happens to the connection. */
  #use(stream: Socket): void {
    this.stream = stream;
    stream.on('close', () => {
      if (stream === this.stream) this.#closed();
    });
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (stream !== this.stream) return;
      if (this._ending && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) return;
      this.#report(error);
    });
  }

  #requestTls(socket: Socket, tls: ConnectionOptions): void {
    socket.once('data', (data: Buffer) => {
      const answer = data.toString('latin1');
      if (answer === YES) this.#shakeHands(socket, tls);
      else if (answer === NO && this.#prefers) this.#start(socket);
      else if (answer === NO) this.#fail(new TlsError('the server offers no TLS'));
      else if (answer.startsWith('E') && this.#prefers) this.#open(undefined);
      // Anything behind the answer came in clear text from who knows whom (CVE-2021-23222).
      else this.#fail(new TlsError('the answer to the request for TLS is not one of PostgreSQL'));
    });
    this.requestSsl();
  }

  #shakeHands(socket: Socket, tls: ConnectionOptions): void {
    const { host } = this.#attempt;
    const secure = connectTls({
      ...tls,
      host,
      socket,
      // A server name must not be an address (RFC 6066, section 3).
      ...(isIP(host) === 0 && { servername: host }),
      ...(this.#target.ssl.negotiation === 'direct' && { ALPNProtocols: [ALPN] }),
    });
    // Not #use yet: until the handshake is done, an error is an answer to it.
    this.stream = secure;
    let done = false;
    secure.on('error', (error) => {
      if (done || secure !== this.stream) return;
      // Ended by us (a time-out): not the server's word on TLS.
      if (this._ending) this.#report(error);
      else if (this.#prefers) this.#open(undefined);
      else this.#fail(new TlsError(error.message, { cause: error }));
    });
    secure.on('close', () => {
      if (!done && secure === this.stream) this.#closed();
    });
    secure.once('secureConnect', () => {
      done = true;
      this.#use(secure);
      this.#start(secure);
    });
  }

  #start(stream: Socket): void {
    this.attachListeners(stream);
    this.#watch(stream);
    this.emit('connect');
  }

  /** Steps 4 and 5, and what `channel_binding=require` demands. Rows of callers do not pass through here. */
  #watch(stream: Socket): void {
    const pass = Base.prototype.emit.bind(this) as (event: string, ...values: unknown[]) => boolean;
    this.#told.clear();
    const login: Login = { stream, asksForPassword: false, isBound: false, answer: undefined };
    this.emit = (event, ...values) => {
      if (stream !== this.stream) return true;
      const [message] = values as [Message | undefined];
      return this.#takes(login, event, message) || pass(event, ...values);
    };
  }

  /** Whether an event of the login is none that pg's client is told. */
  #takes(login: Login, event: string, message: Message | undefined): boolean {
    if (event === 'errorMessage') return this.#takesRefusal(login, message);
    if (event.startsWith('authentication')) return this.#refusesAuthentication(login, event, message);
    if (event === 'readyForQuery') return this.#takesReadiness(login);
    if (login.answer === undefined || !/^(rowDescription|dataRow|commandComplete)$/.test(event)) return false;
    if (event === 'dataRow') login.answer = (message?.fields ?? []) as string[];
    return true;
  }

  #takesRefusal({ stream, asksForPassword, answer }: Login, message: Message | undefined): boolean {
    // Also what pg_hba.conf says.
    const isTurnedDown = isSqlState(message, 'invalid_authorization_specification');
    if (isTurnedDown && this.#prefers && 'encrypted' in stream && !asksForPassword) this.#open(undefined);
    else if (this.#mayGoOn && (answer || asksForAnother(message))) this.#goOn(message as unknown as Error);
    else if (this.#refusals.length > 0) this.#fail(message as unknown as Error);
    else {
      this.#settle();
      return false;
    }
    return true;
  }

  #refusesAuthentication(login: Login, event: string, message: Message | undefined): boolean {
    if (event !== 'authenticationOk') login.asksForPassword = true;
    if (event === 'authenticationSASLFinal') login.isBound = true;
    if (this.#target.ssl.channelBinding !== 'require') return false;
    const mechanisms = (message?.mechanisms ?? []) as string[];
    const isUnbound =
      /Password$/.test(event) ||
      (event === 'authenticationSASL' && !mechanisms.includes('SCRAM-SHA-256-PLUS')) ||
      (event === 'authenticationOk' && !login.isBound);
    if (!isUnbound) return false;
    // What the client would answer must not be sent.
    this.#left = [];
    this.#fail(unbound());
    return true;
  }

  /** Asks the server what it is where it did not say so, and goes on to the next one where it is not what is wanted. */
  #takesReadiness(login: Login): boolean {
    const { wanted } = this.#attempt;
    const state = stateOf(this.#told, login.answer);
    if (state === undefined && wanted !== 'any') {
      login.answer = [];
      this.query(STATE_QUESTION);
      return true;
    }
    const fault = state && unfitness(wanted, state);
    if (fault === undefined) {
      this.#settle();
      return false;
    }
    const error = new UnfitServerError(wanted, fault);
    login.stream.write(TERMINATE);
    if (this.#mayGoOn) this.#goOn(error);
    else this.#fail(error);
    return true;
  }

  /** The session is there, or none will be: events go straight through from now on. */
  #settle(): void {
    clearTimeout(this.#share);
    this.#opening = false;
    this.#unwatch();
  }

  #unwatch(): void {
    delete (this as Partial<ConnectionParts>).emit;
  }

  get #mayGoOn(): boolean {
    return this.#opening && !this._ending && this.#left.length > 0;
  }

  /** Leaves this host for the next one. */
  #goOn(error: Error): void {
    const { host, port } = this.#attempt;
    this.#refusals.push({ host, port, error });
    this.#attempt = this.#left.shift() as Attempt;
    this.#try();
  }

  #closed(): void {
    if (this.#opening && !this._ending && this.#refusals.length + this.#left.length > 0) {
      const ended = !this.#mayGoOn;
      this.#report(new Error('closed the connection'));
      if (!ended) return;
    }
    clearTimeout(this.#share);
    this.emit('end');
  }

  #report(error: Error): void {
    if (this.#mayGoOn) {
      this.#goOn(error);
      return;
    }
    const refusals = this.#opening ? this.#refusals : [];
    this.#settle();
    if (refusals.length === 0) this.emit('error', error);
    else this.emit('error', new NoHostError([...refusals, { ...this.address, error }]));
  }

  #fail(error: Error): void {
    const ended = !this.#mayGoOn;
    this.#report(error);
    if (ended) this.stream.destroy();
  }
}

function unbound(): TlsError {
  return new TlsError('channel_binding=require, and the server does not log in with channel binding');
}

/** What the server told at the start of the session, or answered; undefined when it did neither. */
function stateOf(told: ReadonlyMap<string, string>, answered: readonly string[] | undefined) {
  const recovery = told.get('in_hot_standby');
  const readOnly = told.get('default_transaction_read_only');
  if (recovery !== undefined && readOnly !== undefined) {
    return { inRecovery: recovery === 'on', readOnly: readOnly === 'on' };
  }
  if (answered?.length !== 2) return undefined;
  return { inRecovery: answered[0] === 't', readOnly: answered[1] === 'on' };
}
