import type { RequestHandler } from 'express';
import type { ApiConfig } from '../settings.ts';
import { HttpError } from './answer.ts';
import type { Guesses } from './guesses.ts';
import { requireToken } from './token.ts';

/**
 * Lets only the operator pass: who sends `VATEVO_OPERATOR_TOKEN` as bearer.
 *
 * Where no token is set, development and test let everybody pass, and staging
 * and production nobody.
 */
export function operatorOnly(
  { environment, operatorTokenHash }: ApiConfig,
  guesses: Guesses,
): RequestHandler {
  const open = environment === 'development' || environment === 'test';
  return async (request, _response, next) => {
    if (operatorTokenHash === undefined) {
      if (!open)
        throw new HttpError(403, 'The operator has set no VATEVO_OPERATOR_TOKEN, so nobody may do this');
    } else {
      await requireToken(request, operatorTokenHash, guesses);
    }
    next();
  };
}
