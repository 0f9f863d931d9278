import type { RequestHandler } from 'express';
import { HttpError } from './answer.ts';

/** The answer to a path that no route knows. */
export const notFound: RequestHandler = () => {
  throw new HttpError(404, 'Not Found');
};

/** The answer to a known path called with another method than `allowed`. */
export function methodNotAllowed(...allowed: string[]): RequestHandler {
  // Where GET is answered, Express answers HEAD, too.
  if (allowed.includes('GET')) allowed.push('HEAD');
  return () => {
    throw new HttpError(405, 'Method Not Allowed', { Allow: allowed.join(', ') });
  };
}
