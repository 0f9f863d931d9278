import type { Socket } from 'node:net';

const CONTINUE = Buffer.from('HTTP/1.1 100 ');
const HEADERS_END = '\r\n\r\n';
const NOTHING = Buffer.alloc(0);

/** Bytes that one answer of 100 may have. */
const MAX_BYTES = 4096;

/** Where the answer of 100 ends with which these bytes begin: 0 without one, undefined while that cannot be told. */
function endOfContinue(bytes: Buffer): number | undefined {
  const compared = Math.min(bytes.length, CONTINUE.length);
  if (!bytes.subarray(0, compared).equals(CONTINUE.subarray(0, compared))) return 0;
  const end = bytes.indexOf(HEADERS_END);
  if (end >= 0) return end + HEADERS_END.length;
  return bytes.length < MAX_BYTES ? undefined : 0;
}

/**
 * undici takes the answer "100 Continue" for a fault where nobody asked for it. A receiver may send it all the same (RFC 9110,
 * 15.2), in front of what it answers, and the network may divide it anywhere.
 *
 * @param most how many of them are passed over in front of an answer
 */
export function passOverContinue(socket: Socket, most: number): void {
  const read = socket.read.bind(socket) as () => Buffer | null;
  const write = socket.write.bind(socket);
  let left = 0;
  /** What may become an answer of 100. */
  let held = NOTHING;
  // Answers begin behind requests: what looks like one anywhere else is part of another.
  socket.write = (...args: unknown[]) => {
    left = most;
    return Reflect.apply(write, socket, args);
  };
  socket.read = () => {
    let chunk = read();
    while (chunk !== null && left > 0) {
      held = Buffer.concat([held, chunk]);
      const end = endOfContinue(held);
      if (end !== undefined) {
        left = end > 0 ? left - 1 : 0;
        [chunk, held] = [held.subarray(end), NOTHING];
      }
      // Another one may have come along, or the answer.
      if (end === undefined || chunk.length === 0) chunk = read();
    }
    return chunk;
  };
}
