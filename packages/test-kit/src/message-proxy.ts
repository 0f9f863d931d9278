import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** One message from a client on its way to the server. */
export interface Passing {
  /** Counts the messages of all connections from 0. */
  readonly index: number;
  /** The protocol's letter: `Q` query, `P` parse, `d` COPY data, `c` COPY done …; empty for the first one. */
  readonly type: string;
  /** The statement of a query or parse; else empty. */
  readonly sql: string;
  /** The proxy's end of the client's connection. */
  readonly client: Socket;
  /** Destroys every connection that passes through: both ends are gone in the middle of whatever they do. */
  readonly cut: () => void;
}

/** Called before a message is passed on, and waited for; a client that it destroys has not sent the message. */
export type OnMessage = (message: Passing) => void | Promise<void>;

/** A TCP proxy that stands between clients and a PostgreSQL server and knows where its messages end. */
export interface Proxy {
  /** The server's URL, through the proxy. */
  readonly url: string;
  readonly passed: number;
  close(): Promise<void>;
}

export async function startProxy(serverUrl: string, onMessage: OnMessage = () => undefined): Promise<Proxy> {
  const upstream = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let passed = 0;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    const target = connect(Number(upstream.port), upstream.hostname);
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    target.pipe(client);
    void forward(client, target, (type, sql) => onMessage({ index: passed++, type, sql, client, cut }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(serverUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    get passed() {
      return passed;
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Passes a client's messages on one by one (PostgreSQL manual, Message Formats: a letter, then a length). */
async function forward(
  client: Socket,
  target: Socket,
  onMessage: (type: string, sql: string) => void | Promise<void>,
): Promise<void> {
  let pending = Buffer.alloc(0);
  let first = true;
  try {
    for await (const chunk of client) {
      pending = Buffer.concat([pending, chunk as Buffer]);
      for (;;) {
        // Only the first message of a connection has no letter.
        const lengthAt = first ? 0 : 1;
        if (pending.length < lengthAt + 4) break;
        const end = lengthAt + pending.readInt32BE(lengthAt);
        if (pending.length < end) break;
        const message = pending.subarray(0, end);
        pending = pending.subarray(end);
        const type = first ? '' : String.fromCharCode(message[0] as number);
        first = false;
        const sql = type === 'Q' || type === 'P' ? message.toString('utf8', 5) : '';
        await onMessage(type, sql);
        if (client.destroyed || target.destroyed) return;
        target.write(message);
      }
    }
    target.end();
  } catch {
    // The client is gone; so is its other end.
    target.destroy();
  }
}
