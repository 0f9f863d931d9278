import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { bearerCredential, invalidCredentials } from './bearer.ts';
import type { Guesses } from './guesses.ts';

/**
 * Lets a request pass that carries, as bearer, the token with this SHA-256.
 *
 * @throws HttpError 403 without a token, 401 with another one, 429 after too many others
 */
export async function requireToken(request: Request, tokenHash: Buffer, guesses: Guesses): Promise<void> {
  const credential = bearerCredential(request.get('authorization'));
  const hash = createHash('sha256').update(Buffer.from(credential, 'latin1')).digest();
  const name = hash.toString('hex');
  const isRight = async () => timingSafeEqual(hash, tokenHash) || undefined;
  if (!(await guesses.admit(request, name, isRight))) throw invalidCredentials();
}
