import type { Request } from 'express';
import { MAX_BODY } from './json-body.ts';

/**
 * Takes what is still coming of a body that nobody reads, since a client that is still sending may not look at the
 * answer; what is longer than any body may be is cut off.
 */
export function discardBody(request: Request): void {
  if (request.complete || request.readableEnded) return;
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BODY) request.socket.destroy();
  });
}
