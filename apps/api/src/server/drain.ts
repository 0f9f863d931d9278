import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/** Milliseconds in which the rest of a request must arrive whose beginning has. */
const HALF_SENT_MS = 1_000;

/**
 * Stops accepting connections, tells clients to close those they hold, and
 * waits for the requests under way: at most `graceMs`, then cuts them off. One that has begun to arrive must be there soon.
 * Connections at rest are closed after `lingerMs`, at once when omitted: where
 * other processes go on, a client must not send on one that is being closed.
 * Resolves to whether every request was answered.
 */
export type Drain = (graceMs: number, lingerMs?: number) => Promise<boolean>;

/**
 * Watches `server` from now on; call it before the first request.
 *
 * @example
 * const drain = prepareDrain(server);
 * process.once('SIGTERM', () => drain(25_000));
 */
export function prepareDrain(server: Server): Drain {
  const underWay = new Map<ServerResponse, Socket>();
  const connections = new Set<Socket>();
  let draining = false;
  let lingering = false;

  // Without the header a client would send its next request on a connection
  // that is about to be closed.
  const announceClose = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };

  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.prependListener('request', ({ socket }, response: ServerResponse) => {
    underWay.set(response, socket);
    if (draining) announceClose(response);
    response.on('close', () => {
      underWay.delete(response);
      // A response that had sent its headers before the drain leaves its connection open.
      if (draining && !lingering) setImmediate(() => server.closeIdleConnections());
    });
  });

  // Node takes a connection that has not brought a whole request for one that is in use, and looks at its time no more.
  const closeUnused = (which: (socket: Socket) => boolean) => {
    server.closeIdleConnections();
    const used = new Set(underWay.values());
    for (const socket of connections) if (!used.has(socket) && which(socket)) socket.destroy();
  };

  return async (graceMs, lingerMs = 0) => {
    draining = true;
    lingering = lingerMs > 0;
    for (const response of underWay.keys()) announceClose(response);
    let drained = true;
    // HTTP's own close closes connections at rest as well.
    const closed = new Promise<void>((resolve) => {
      if (lingering) NetServer.prototype.close.call(server, () => resolve());
      else server.close(() => resolve());
    });
    const lingered = setTimeout(() => {
      lingering = false;
      closeUnused(({ bytesRead }) => bytesRead === 0);
    }, lingerMs);
    const closeHalfSent = () => closeUnused(() => true);
    // What has arrived while this process could do nothing is read before.
    const halfSent = setTimeout(() => setImmediate(closeHalfSent), lingerMs + HALF_SENT_MS);
    const cutOff = setTimeout(() => {
      drained = underWay.size === 0;
      server.closeAllConnections();
    }, lingerMs + graceMs);
    await closed;
    clearTimeout(lingered);
    clearTimeout(halfSent);
    clearTimeout(cutOff);
    return drained;
  };
}
