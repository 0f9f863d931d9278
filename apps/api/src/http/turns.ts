import type { RequestHandler } from 'express';
import { HttpError } from './answer.ts';
import { caller } from './authenticate.ts';
import { whenAnswered } from './when-answered.ts';

/** Requests of one tenant that wait for their turn; more are refused. */
const MAX_WAITING = 200;
/** Bytes of the bodies that wait with them: of one tenant, and of all. */
const MAX_BYTES_OF_TENANT = 16 * 1024 * 1024;
const MAX_BYTES_OF_ALL = 64 * 1024 * 1024;

interface Waiting {
  readonly bytes: number;
  readonly begin: () => void;
}

interface Turns {
  atWork: number;
  /** In the order in which they came. */
  readonly waiting: Set<Waiting>;
  waitingBytes: number;
}

/**
 * Lets so many requests of one tenant be worked at together; its others wait for these, and not before those of others:
 * whoever asks for everything at once, over many connections or one behind the other on one, takes no more than a part
 * of the database's connections. A turn ends with the answer, not when a client has read it.
 */
export function takeTurns(perTenant: number): RequestHandler {
  const byTenant = new Map<number, Turns>();
  let waitingBytes = 0;

  const leave = (turns: Turns, waiting: Waiting) => {
    if (!turns.waiting.delete(waiting)) return;
    turns.waitingBytes -= waiting.bytes;
    waitingBytes -= waiting.bytes;
  };

  const end = (tenant: number, turns: Turns) => {
    const [first] = turns.waiting;
    if (first) {
      leave(turns, first);
      // Not within this one: each may end at once, and there may be many.
      setImmediate(first.begin);
    } else if (--turns.atWork === 0) byTenant.delete(tenant);
  };

  return (request, response, next) => {
    // Gone while it was looked up who it is: nothing would tell of its end any more.
    if (response.destroyed) return;
    const tenant = caller(response).id;
    const turns = byTenant.get(tenant) ?? { atWork: 0, waiting: new Set(), waitingBytes: 0 };
    const ended = () => end(tenant, turns);
    if (turns.atWork < perTenant) {
      if (turns.atWork++ === 0) byTenant.set(tenant, turns);
      whenAnswered(response, ended);
      next();
      return;
    }
    const bytes = Buffer.isBuffer(request.body) ? request.body.length : 0;
    const isTooMuch =
      turns.waitingBytes + bytes > MAX_BYTES_OF_TENANT || waitingBytes + bytes > MAX_BYTES_OF_ALL;
    if (turns.waiting.size >= MAX_WAITING || (bytes > 0 && isTooMuch))
      throw new HttpError(429, 'Too many requests are being made at once', { 'Retry-After': '1' });
    const left = () => leave(turns, waiting);
    const waiting: Waiting = {
      bytes,
      begin: () => {
        response.off('close', left);
        if (response.destroyed) {
          ended();
          return;
        }
        whenAnswered(response, ended);
        next();
      },
    };
    turns.waiting.add(waiting);
    turns.waitingBytes += bytes;
    waitingBytes += bytes;
    response.once('close', left);
  };
}
