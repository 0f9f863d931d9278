import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { leaveBodiesUnasked } from '../http/expect-continue.ts';
import type { Messages } from './messages.ts';
import { StartError } from './start-error.ts';

/** Longer than a load balancer's usual 60 s, so that it never reuses a connection we are closing. */
const KEEP_ALIVE_MS = 65_000;

/** Time for one request to arrive completely; a slow sender holds a connection no longer. */
const REQUEST_MS = 30_000;

/** The same for its headers. */
const HEADERS_MS = 10_000;

/** Time in which a client must take something of what it was answered. */
const READ_MS = 10_000;

/** Requests of one connection that are worked at together; those behind them wait for their turn. */
const MAX_AT_WORK = 16;

/** Requests of one connection that wait for their turn until no more of it are read, and those of all until one is cut. */
const MAX_WAITING = 64;
const MAX_WAITING_OF_ALL = 10_000;

/** How often connections are looked through for those whose time is over. */
const CHECK_MS = 2_000;

function explain(cause: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `${host}:${port}`;
  switch (cause.code) {
    case 'EADDRINUSE':
      return `Cannot listen on ${where}: the port is taken. Set PORT to a free one, or stop what uses it.`;
    case 'EACCES':
      return `Cannot listen on ${where}: not permitted. Set PORT to one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `Cannot listen on ${where}: the address is not one of this machine. Set HOST to one that is.`;
    default:
      return `Cannot listen on ${where}: ${cause.code ?? 'unknown error'}. Check HOST and PORT.`;
  }
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Connections at a time. */
  readonly maxConnections?: number;
  /** Milliseconds in which a client must take something of what it was answered. */
  readonly readMs?: number;
  /** Node's own when left out. */
  readonly messages?: Messages;
}

/** What all connections of a server have in common. */
interface Connections {
  /**
   * Those that wait for no answer: new ones, those that are still sending a request, and those that were answered, the one
   * that has been so for longest first. Where all places are taken, it makes room.
   */
  readonly resting: Set<Socket>;
  /** Requests that were read and wait for their turn. */
  waiting: number;
}

function boundConnections(server: Server, most: number, { resting }: Connections): void {
  let open = 0;
  server.maxConnections = most;
  server.on('connection', (socket) => {
    open++;
    if (open >= most) {
      const [longest] = resting;
      longest?.destroy();
    }
    resting.add(socket);
    socket.once('close', () => {
      open--;
      resting.delete(socket);
    });
  });
}

/**
 * Hands on a connection's requests to the handler, at most {@link MAX_AT_WORK} at a time and in one turn of the event loop:
 * thousands that are sent at once, which costs nothing, would be worked at before anybody else's next one.
 *
 * It sees to it, too, that every answer is told of its end. Of several requests that a client sends one behind the other, Node
 * tells only the first one's answer that the connection is gone, and whoever waits for the others would wait for ever.
 */
class ConnectionRequests {
  readonly #socket: Socket;
  readonly #all: Connections;
  readonly #open = new Set<ServerResponse>();
  readonly #waiting: (() => void)[] = [];
  #atWork = 0;
  #isHeld = false;

  constructor(socket: Socket, all: Connections) {
    this.#socket = socket;
    this.#all = all;
    // Node lets it go on whenever a request was read.
    socket.on('resume', () => {
      if (this.#isHeld) socket.pause();
    });
    socket.once('close', () =>
      // Behind Node's own listener.
      setImmediate(() => {
        all.waiting -= this.#waiting.length;
        this.#waiting.length = 0;
        for (const answer of this.#open) answer.destroy().emit('close');
      }),
    );
  }

  handOn(answer: ServerResponse, work: () => void): void {
    this.#open.add(answer);
    // Behind an answer that ends the connection (see closeBehind) nothing is asked any more.
    if (this.#socket.writableEnded) return;
    this.#all.resting.delete(this.#socket);
    if (this.#atWork < MAX_AT_WORK) {
      this.#begin(answer, work);
      return;
    }
    if (this.#all.waiting >= MAX_WAITING_OF_ALL) {
      this.#socket.destroy();
      return;
    }
    this.#all.waiting++;
    if (this.#waiting.push(() => this.#begin(answer, work)) > MAX_WAITING) {
      this.#isHeld = true;
      this.#socket.pause();
    }
  }

  #beginNext(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#all.waiting--;
    if (this.#isHeld && this.#waiting.length < MAX_WAITING / 2) {
      this.#isHeld = false;
      this.#socket.resume();
    }
    next();
  }

  #begin(answer: ServerResponse, work: () => void): void {
    this.#atWork++;
    answer.on('close', () => {
      this.#open.delete(answer);
      if (this.#open.size === 0 && !this.#socket.destroyed) this.#all.resting.add(this.#socket);
      if (this.#waiting.length === 0) this.#atWork--;
      else
        setImmediate(() => {
          this.#atWork--;
          this.#beginNext();
        });
    });
    work();
  }
}

/** Hands on a server's requests, and cuts connections that wait for nothing but their clients. */
function handOnRequests(server: Server, handler: RequestListener, all: Connections): void {
  const connections = new WeakMap<Socket, ConnectionRequests>();
  server.on('request', (request, answer) => {
    const { socket } = request;
    const requests = connections.get(socket) ?? new ConnectionRequests(socket, all);
    connections.set(socket, requests);
    requests.handOn(answer, () => handler(request, answer));
  });
  // Told of a connection over which nothing has gone for as long as it may be idle, or as its client may read nothing.
  server.on('timeout', (socket) => {
    const wasAnswered = connections.has(socket) && all.resting.has(socket);
    if (wasAnswered || socket.writableLength > 0) socket.destroy();
  });
}

/**
 * Starts an HTTP server; `port` 0 takes a free one.
 *
 * @throws StartError when host and port cannot be had
 */
export function listen(
  handler: RequestListener,
  { host, port, maxConnections = 10_000, readMs = READ_MS, messages }: ListenOptions,
): Promise<Server> {
  const server = createServer({
    ...messages,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS,
    headersTimeout: HEADERS_MS,
    connectionsCheckingInterval: CHECK_MS,
  });
  server.timeout = readMs;
  leaveBodiesUnasked(server);
  const all: Connections = { resting: new Set(), waiting: 0 };
  handOnRequests(server, handler, all);
  boundConnections(server, maxConnections, all);
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new StartError(explain(cause, host, port), { cause })));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve(server);
    });
  });
}

/** The address of a listening server as a URL, an IPv6 host in brackets. */
export function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('The server is not listening on a port.');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
