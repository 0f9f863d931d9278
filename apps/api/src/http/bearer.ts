import { HttpError } from './answer.ts';

const BEARER = /^bearer (.+)$/is;

/**
 * The credential of an `Authorization: Bearer …` header. Everything after the
 * first space belongs to it, as any non-empty text is a valid key.
 *
 * The string holds one character a byte, as HTTP headers arrive.
 *
 * @throws HttpError 403 when there is none
 */
export function bearerCredential(header: string | undefined): string {
  const credential = BEARER.exec(header ?? '')?.[1];
  if (credential === undefined) throw new HttpError(403, 'Not authenticated');
  return credential;
}

/** The answer to a credential that nobody holds. */
export function invalidCredentials(): HttpError {
  return new HttpError(401, 'Invalid authentication credentials', { 'WWW-Authenticate': 'Bearer' });
}
