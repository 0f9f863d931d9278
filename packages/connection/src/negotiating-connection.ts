import { isIP, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import pg from 'pg';
import { isSqlState } from './sqlstate.ts';
import { type SslSettings, tlsOptions } from './ssl.ts';
import { isSocketFolder } from './target.ts';
import { TlsError } from './tls-error.ts';

/** The parts of pg's Connection (lib/connection.js) that this builds on; its types leave them out. */
interface ConnectionParts {
  stream: Socket;
  _connecting: boolean;
  _ending: boolean;
  attachListeners(stream: Socket): void;
  requestSsl(): void;
  emit(event: string, ...values: unknown[]): boolean;
}

const Base = pg.Connection as unknown as new (config: object) => ConnectionParts;

/** Answers to a request for TLS (PostgreSQL manual, 54.2.10). */
const YES = 'S';
const NO = 'N';

/** Milliseconds without traffic before the system asks whether the other side is still there. */
const KEEP_ALIVE = 30_000;

/** Longest wait for one of a host's several addresses; Node's 250 ms cut off distant servers. */
const ADDRESS_TIMEOUT = 2000;

/**
 * pg's connection, with the way to its first message rewritten to libpq's meaning of `sslmode`:
 *
 * 1. Connect. `disable` and Unix sockets start in clear text at once.
 * 2. Else ask for TLS. On "no", `prefer` goes on in clear text on the same connection, the others fail.
 * 3. On "yes", shake hands, checking what the mode demands. Only a finished handshake starts the session.
 * 4. `prefer` connects anew in clear text when the handshake failed, or when the server turned the session
 *    down before it asked for a password because its pg_hba.conf does not let this host in *with* TLS.
 *
 * pg itself does not know of all this (its `ssl` is false), it sees a connection that is ready to start.
 */
export class NegotiatingConnection extends Base {
  readonly #ssl: SslSettings;
  #address: { readonly path: string } | { readonly host: string; readonly port: number } | undefined;

  constructor(ssl: SslSettings) {
    super({ ssl: false });
    this.#ssl = ssl;
  }

  /** Called by pg's client with a port and a host, or with the path of a Unix socket. */
  connect(port: number | string, host?: string): void {
    this._connecting = true;
    this.#address = host === undefined ? { path: String(port) } : { host, port: Number(port) };
    try {
      this.#open(host === undefined || isSocketFolder(host) ? undefined : tlsOptions(this.#ssl, host));
    } catch (error) {
      // The root certificate. Later, because pg's client listens only after this call.
      this.#use(this.stream);
      process.nextTick(() => this.#fail(error as Error));
    }
  }

  get #prefers(): boolean {
    return this.#ssl.mode === 'prefer';
  }

  #open(tls: ConnectionOptions | undefined): void {
    const abandoned = this.stream;
    const socket = new Socket();
    this.#use(socket);
    abandoned.destroy();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE);
    socket.once('connect', () => (tls ? this.#requestTls(socket, tls) : this.#start(socket)));
    socket.connect({ ...this.#address, autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT } as never);
  }

  /** From now on, what happens to `stream` is what happens to the connection. */
  #use(stream: Socket): void {
    this.stream = stream;
    stream.on('close', () => {
      if (stream === this.stream) this.emit('end');
    });
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (stream !== this.stream) return;
      if (this._ending && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) return;
      this.emit('error', error);
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
    const { host } = this.#address as { host: string };
    // A server name must not be an address (RFC 6066, section 3).
    const secure = connectTls({ ...tls, host, socket, ...(isIP(host) === 0 && { servername: host }) });
    // Not #use yet: until the handshake is done, an error is an answer to it.
    this.stream = secure;
    let done = false;
    secure.on('error', (error) => {
      if (done || secure !== this.stream) return;
      // Ended by us (a time-out): not the server's word on TLS.
      if (this._ending) this.emit('error', error);
      else if (this.#prefers) this.#open(undefined);
      else this.#fail(new TlsError(error.message, { cause: error }));
    });
    secure.on('close', () => {
      if (!done && secure === this.stream) this.emit('end');
    });
    secure.once('secureConnect', () => {
      done = true;
      this.#use(secure);
      if (this.#prefers) this.#watchForRefusal();
      this.#start(secure);
    });
  }

  /** Step 4. Only until the server asks for a password, so that rows do not pass through here. */
  #watchForRefusal(): void {
    const watched = (event: string, ...values: unknown[]): boolean => {
      const [error] = values;
      // Also what pg_hba.conf says.
      if (event === 'errorMessage' && isSqlState(error, 'invalid_authorization_specification')) {
        this.emit = pass;
        this.#open(undefined);
        return true;
      }
      if (event === 'errorMessage' || event.startsWith('authentication')) this.emit = pass;
      return pass(event, ...values);
    };
    const pass = this.emit.bind(this);
    this.emit = watched;
  }

  #start(stream: Socket): void {
    this.attachListeners(stream);
    this.emit('connect');
  }

  #fail(error: Error): void {
    this.emit('error', error);
    this.stream.destroy();
  }
}
