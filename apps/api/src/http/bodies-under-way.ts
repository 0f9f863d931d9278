import type { Request, RequestHandler } from 'express';
import { HttpError } from './answer.ts';
import { callerId } from './authenticate.ts';

/** Bodies that one tenant may be sending at a time, and that all may: a megabyte each at the most. */
const MAX_OF_TENANT = 16;
const MAX_OF_ALL = 128;
/** Milliseconds in which a body must have arrived. */
const BODY_MS = 10_000;

const tooSlow = () => new HttpError(408, 'The body did not arrive in time');

interface UnderWay {
  readonly tenant: number | undefined;
  readonly cut: () => void;
}

/**
 * Bounds the bodies that have arrived in part. When all places are taken, the one that has been on its way for longest
 * gives up its own: bodies that are really being sent are there within a moment.
 */
export function bodiesUnderWay(): RequestHandler {
  // In the order of their beginning.
  const underWay = new Set<UnderWay>();

  const begin = (request: Request, tenant: number | undefined, refuse: (error: HttpError) => void) => {
    const cut = () => {
      ended();
      refuse(tooSlow());
    };
    const body: UnderWay = { tenant, cut };
    const late = setTimeout(cut, BODY_MS);
    underWay.add(body);
    const ended = () => {
      clearTimeout(late);
      underWay.delete(body);
    };
    request.once('end', ended).once('close', ended);
  };

  return (request, response, next) => {
    // Gone while it was looked up who it is: nothing would tell of its end any more.
    if (request.closed || request.destroyed) return;
    const tenant = callerId(response);
    if (tenant !== undefined) {
      let own = 0;
      for (const body of underWay) if (body.tenant === tenant) own++;
      if (own >= MAX_OF_TENANT)
        throw new HttpError(429, 'Too many bodies are being sent at once', { 'Retry-After': '1' });
    }
    if (underWay.size >= MAX_OF_ALL) {
      const [oldest] = underWay;
      oldest?.cut();
    }
    begin(request, tenant, next);
    next();
  };
}
