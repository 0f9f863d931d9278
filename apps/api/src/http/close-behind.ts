import type { IncomingMessage, ServerResponse } from 'node:http';

/** Milliseconds for which is taken what comes behind an answer that ends its connection. */
const LINGER_MS = 1_000;

/**
 * Ends the connection with the answer. What is still coming is taken for a moment: a connection that is closed while bytes are
 * unread is reset, and the reset may reach a client before it has read the answer.
 *
 * @returns takes it back
 */
export function closeBehind(request: IncomingMessage, response: ServerResponse): () => void {
  const { shouldKeepAlive } = response;
  response.shouldKeepAlive = false;
  const { socket } = request;
  // Called by Node when the answer is written.
  const destroySoon = () => {
    socket.end();
    const late = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(late));
  };
  if (!request.complete) socket.destroySoon = destroySoon;
  return () => {
    response.shouldKeepAlive = shouldKeepAlive;
    if (socket.destroySoon === destroySoon) Reflect.deleteProperty(socket, 'destroySoon');
  };
}
