import type { RequestHandler } from 'express';
import { HttpError } from './answer.ts';
import { caller } from './authenticate.ts';
import { whenAnswered } from './when-answered.ts';

/** Requests of one tenant that wait for their turn; more are refused. */
const MAX_WAITING = 200;

interface Turns {
  atWork: number;
  /** In the order in which they came. */
  readonly waiting: Set<() => void>;
}

/**
 * Lets so many requests of one tenant be worked at together; its others wait for these, and not before those of others:
 * whoever asks for everything at once, over many connections or one behind the other on one, takes no more than a part
 * of the database's connections. A turn ends with the answer, not when a client has read it.
 */
export function takeTurns(perTenant: number): RequestHandler {
  const byTenant = new Map<number, Turns>();

  const end = (tenant: number, turns: Turns) => {
    const [next] = turns.waiting;
    if (next) {
      turns.waiting.delete(next);
      next();
    } else if (--turns.atWork === 0) byTenant.delete(tenant);
  };

  return (_request, response, next) => {
    // Gone while it was looked up who it is: nothing would tell of its end any more.
    if (response.destroyed) return;
    const tenant = caller(response).id;
    const turns = byTenant.get(tenant) ?? { atWork: 0, waiting: new Set() };
    if (turns.atWork < perTenant) {
      if (turns.atWork++ === 0) byTenant.set(tenant, turns);
      whenAnswered(response, () => end(tenant, turns));
      next();
      return;
    }
    if (turns.waiting.size >= MAX_WAITING)
      throw new HttpError(429, 'Too many requests are being made at once', { 'Retry-After': '1' });
    const leave = () => turns.waiting.delete(begin);
    const begin = () => {
      response.off('close', leave);
      whenAnswered(response, () => end(tenant, turns));
      next();
    };
    turns.waiting.add(begin);
    response.once('close', leave);
  };
}
