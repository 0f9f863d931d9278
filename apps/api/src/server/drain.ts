import type { Server, ServerResponse } from 'node:http';

/**
 * Stops accepting connections, tells clients to close those they hold, and
 * waits for the requests under way: at most `graceMs`, then cuts them off.
 * Resolves to whether every request was answered.
 */
export type Drain = (graceMs: number) => Promise<boolean>;

/**
 * Watches `server` from now on; call it before the first request.
 *
 * @example
 * const drain = prepareDrain(server);
 * process.once('SIGTERM', () => drain(25_000));
 */
export function prepareDrain(server: Server): Drain {
  const underWay = new Set<ServerResponse>();
  let draining = false;

  // Without the header a client would send its next request on a connection
  // that is about to be closed.
  const announceClose = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };

  server.prependListener('request', (_request, response: ServerResponse) => {
    underWay.add(response);
    if (draining) announceClose(response);
    response.once('close', () => {
      underWay.delete(response);
      // A response that had sent its headers before the drain leaves its connection open.
      if (draining) setImmediate(() => server.closeIdleConnections());
    });
  });

  return async (graceMs) => {
    draining = true;
    for (const response of underWay) announceClose(response);
    let drained = true;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const cutOff = setTimeout(() => {
      drained = underWay.size === 0;
      server.closeAllConnections();
    }, graceMs);
    await closed;
    clearTimeout(cutOff);
    return drained;
  };
}
