import type { NextFunction, Request, RequestHandler } from 'express';
import { HttpError } from './answer.ts';
import { callerId } from './authenticate.ts';

/** Bodies that one tenant may be sending at a time, and that all may: a megabyte each at the most. */
const MAX_OF_TENANT = 16;
const MAX_OF_ALL = 128;
/** Bodies of one tenant that wait to be read; more are refused. */
const MAX_WAITING = 200;
/** Milliseconds in which a body must have arrived. */
const BODY_MS = 10_000;

const tooSlow = () => new HttpError(408, 'The body did not arrive in time');

interface UnderWay {
  readonly tenant: number | undefined;
  readonly cut: () => void;
}

/** See {@link bodiesUnderWay}. */
class Bodies {
  /** In the order of their beginning. */
  readonly #underWay = new Set<UnderWay>();
  /** What admits those that wait, by tenant. */
  readonly #waiting = new Map<number, Set<() => void>>();

  admit(request: Request, tenant: number | undefined, go: NextFunction): void {
    // What is here as a whole has still to be read, and no more.
    if (request.complete) go();
    else if (tenant !== undefined && this.#of(tenant) >= MAX_OF_TENANT) this.#wait(request, tenant, go);
    else this.#begin(request, tenant, go);
  }

  #of(tenant: number): number {
    let own = 0;
    for (const body of this.#underWay) if (body.tenant === tenant) own++;
    return own;
  }

  #begin(request: Request, tenant: number | undefined, go: NextFunction): void {
    if (this.#underWay.size >= MAX_OF_ALL) {
      const [oldest] = this.#underWay;
      oldest?.cut();
    }
    const cut = () => {
      ended();
      go(tooSlow());
    };
    const body: UnderWay = { tenant, cut };
    const late = setTimeout(cut, BODY_MS);
    const ended = () => {
      clearTimeout(late);
      if (this.#underWay.delete(body)) setImmediate(() => this.#admitWaiting());
    };
    this.#underWay.add(body);
    request.once('end', ended).once('close', ended);
    go();
  }

  #wait(request: Request, tenant: number, go: NextFunction): void {
    const own = this.#waiting.get(tenant) ?? new Set();
    if (own.size >= MAX_WAITING) {
      go(new HttpError(429, 'Too many bodies are being sent at once', { 'Retry-After': '1' }));
      return;
    }
    const leave = () => this.#leave(tenant, admit);
    const admit = () => {
      leave();
      request.off('close', leave);
      if (!request.destroyed) this.admit(request, tenant, go);
    };
    this.#waiting.set(tenant, own.add(admit));
    request.once('close', leave);
  }

  /** Into places that are free: for them no other body gives up its own. */
  #admitWaiting(): void {
    for (const [tenant, own] of this.#waiting) {
      for (const admit of own) {
        if (this.#underWay.size >= MAX_OF_ALL) return;
        if (this.#of(tenant) >= MAX_OF_TENANT) break;
        admit();
      }
    }
  }

  #leave(tenant: number, admit: () => void): void {
    const own = this.#waiting.get(tenant);
    if (own?.delete(admit) && own.size === 0) this.#waiting.delete(tenant);
  }
}

/**
 * Bounds the bodies that have arrived in part. Those of a tenant that are too many wait, unread, until one is there. When all
 * places are taken, the one that has been on its way for longest gives up its own: bodies that are really being sent are there
 * within a moment.
 */
export function bodiesUnderWay(): RequestHandler {
  const bodies = new Bodies();
  return (request, response, next) => {
    // Gone while it was looked up who it is: nothing would tell of its end any more.
    if (request.closed || request.destroyed) return;
    bodies.admit(request, callerId(response), next);
  };
}
