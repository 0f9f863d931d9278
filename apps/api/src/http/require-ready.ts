import type { RequestHandler } from 'express';
import type { Gate } from '../readiness/readiness.ts';
import { unavailable } from './answer.ts';

/** A database that is not ready takes a person to change that; polling faster helps nobody. */
const RETRY_AFTER_SECONDS = 10;

/** Lets no request for one of these paths, or what is below it, through to a database that holds only part of the data, or none. */
export function requireReady(gate: Gate, paths: readonly string[]): RequestHandler {
  // As Express tells paths apart: in any case.
  const needsData = new RegExp(`^/(?:${paths.join('|')})(?:/|$)`, 'i');
  const look: RequestHandler = async (_request, _response, next) => {
    const readiness = await gate.check();
    if (!readiness.ready) throw unavailable(`Service unavailable: ${readiness.reason}`, RETRY_AFTER_SECONDS);
    next();
  };
  return (request, response, next) => (needsData.test(request.path) ? look(request, response, next) : next());
}
