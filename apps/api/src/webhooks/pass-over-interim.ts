import type { Socket } from 'node:net';

const INTERIM = 'HTTP/1.1 1';
/** Behind this one the connection speaks another protocol, and no answer comes. */
const UPGRADE = 'HTTP/1.1 101';
const HEADERS_END = '\r\n\r\n';
const NOTHING = Buffer.alloc(0);

/** Bytes that one interim answer may have. */
const MAX_BYTES = 4096;

/** Where the interim answer ends with which these bytes begin: 0 without one, undefined while that cannot be told. */
function endOfInterim(bytes: Buffer): number | undefined {
  const beginning = bytes.toString('latin1', 0, UPGRADE.length);
  if (beginning === UPGRADE) return 0;
  if (!beginning.startsWith(INTERIM) && !INTERIM.startsWith(beginning)) return 0;
  const end = bytes.indexOf(HEADERS_END);
  if (end >= 0) return end + HEADERS_END.length;
  return bytes.length < MAX_BYTES ? undefined : 0;
}

/**
 * undici takes the answer "100 Continue" for a fault where nobody asked for it. A receiver may send it all the same (RFC 9110,
 * 15.2), in front of what it answers and among other interim answers, and the network may divide it anywhere.
 *
 * @param most how many interim answers are passed over in front of an answer
 */
export function passOverInterim(socket: Socket, most: number): void {
  const read = socket.read.bind(socket) as () => Buffer | null;
  const write = socket.write.bind(socket);
  let left = 0;
  /** What may become an interim answer. */
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
      const end = endOfInterim(held);
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
