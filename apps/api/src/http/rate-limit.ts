import type { Request, RequestHandler } from 'express';
import { rateLimit, type Store } from 'express-rate-limit';
import { addressOf, WINDOW_MS } from './address.ts';
import { HttpError } from './answer.ts';
import { caller } from './authenticate.ts';

function limitBy(
  name: string,
  limit: number,
  store: Store | undefined,
  keyOf: RequestHandlerKey,
): RequestHandler {
  if (limit === 0) return (_request, _response, next) => next();
  return rateLimit({
    windowMs: WINDOW_MS,
    limit,
    identifier: name,
    ...(store && { store }),
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: keyOf,
    handler: (_request, _response, next) => next(new HttpError(429, 'Too Many Requests')),
  });
}

type RequestHandlerKey = (request: Request, response: Parameters<RequestHandler>[1]) => string;

/**
 * Lets each tenant make `limit` requests a minute, with whatever keys and in whatever spelling; more are 429 with
 * `Retry-After`. Stands behind {@link authenticate}. Without a `store` the count is this process's own.
 */
export function limitTenants(limit: number, store?: Store): RequestHandler {
  return limitBy('tenant', limit, store, (_request, response) => String(caller(response).id));
}

/** The same for each address, where nobody says who he is. */
export function limitAddresses(limit: number, store?: Store): RequestHandler {
  return limitBy('address', limit, store, addressOf);
}
