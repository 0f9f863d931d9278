import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { closeBehind } from './close-behind.ts';

/** What asks for the bodies of those requests that wait for that. */
const unasked = new WeakMap<IncomingMessage, () => void>();

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;

/**
 * Lets a client that waits with its body (`Expect: 100-continue`) wait until it is known who it is: Node would ask for the
 * body at once. Where nobody asks for it, the connection ends with the answer, as nobody knows whether the body follows.
 */
export function leaveBodiesUnasked(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (hasBody(request)) {
      const keepOpen = closeBehind(request, response);
      unasked.set(request, () => {
        keepOpen();
        response.writeContinue();
      });
    } else response.writeContinue();
    server.emit('request', request, response);
  });
}

/** Says that the body may be sent, to a client that waits for that. */
export function askForBody(request: IncomingMessage): void {
  unasked.get(request)?.();
  unasked.delete(request);
}
