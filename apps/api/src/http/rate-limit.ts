import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { HttpError } from './answer.ts';

const WINDOW_MS = 60_000;

/**
 * Who is counted together: the holders of one credential, known by its hash; without one, an address. The
 * count is this process's own.
 */
function callerOf(request: Request): string {
  const credential = request.get('authorization');
  if (credential) return createHash('sha256').update(credential, 'latin1').digest('base64');
  return ipKeyGenerator(request.ip ?? '');
}

/** Lets each caller make `limit` requests a minute; more are 429 with `Retry-After`. */
export function limitRate(limit: number): RequestHandler {
  if (limit === 0) return (_request, _response, next) => next();
  return rateLimit({
    windowMs: WINDOW_MS,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: callerOf,
    handler: (_request, _response, next) => next(new HttpError(429, 'Too Many Requests')),
  });
}
