import type { Request, Response } from 'express';
import { MAX_BODY } from './json-body.ts';

/** Milliseconds for which is taken what comes behind an answer that ends its connection. */
const LINGER_MS = 1_000;

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

/**
 * Ends the connection with the answer. What is still coming is taken for a moment: a connection that is closed while bytes are
 * unread is reset, and the reset may reach a client before it has read the answer.
 */
export function closeBehind(request: Request, response: Response): void {
  response.setHeader('Connection', 'close');
  if (request.complete) return;
  const { socket } = request;
  // Called by Node when the answer is written.
  socket.destroySoon = () => {
    socket.end();
    const late = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(late));
  };
}
