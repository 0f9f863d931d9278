import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { bearerCredential, invalidCredentials } from './bearer.ts';

/**
 * Lets a request pass that carries, as bearer, the token with this SHA-256.
 *
 * @throws HttpError 403 without a token, 401 with another one
 */
export function requireToken(request: Request, tokenHash: Buffer): void {
  const credential = Buffer.from(bearerCredential(request.get('authorization')), 'latin1');
  const hash = createHash('sha256').update(credential).digest();
  if (!timingSafeEqual(hash, tokenHash)) throw invalidCredentials();
}
