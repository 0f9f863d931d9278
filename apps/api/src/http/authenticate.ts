import { type DbClient, type ExactTenant, hashApiKey } from '@vatevo/db';
import type { RequestHandler, Response } from 'express';
import { bearerCredential, invalidCredentials } from './bearer.ts';
import type { Guesses } from './guesses.ts';

/** Who makes a call, and by which key. */
interface Caller {
  readonly tenant: ExactTenant;
  readonly keyHash: string;
}

const callers = new WeakMap<Response, Caller>();

/**
 * The texts that a credential may stand for. Headers arrive as bytes; the
 * replaced service read them as ISO 8859-1, and most clients send UTF-8.
 */
function readings(credential: string): string[] {
  const asUtf8 = Buffer.from(credential, 'latin1').toString('utf8');
  return asUtf8 === credential ? [credential] : [credential, asUtf8];
}

async function activeCallerWith(db: DbClient, keyHashes: readonly string[]): Promise<Caller | undefined> {
  for (const keyHash of keyHashes) {
    const tenant = await db.registry.findByKeyHash(keyHash);
    if (tenant) return tenant.isActive ? { tenant, keyHash } : undefined;
  }
  return undefined;
}

/**
 * Lets an active tenant pass, known by its API key; the routes behind it learn
 * who it is from {@link caller}. Everybody else gets 403 (no key), 401, or 429 after too many wrong keys.
 */
export function authenticate(db: DbClient, guesses: Guesses): RequestHandler {
  return async (request, response, next) => {
    const keyHashes = readings(bearerCredential(request.headers.authorization)).map(hashApiKey);
    const name = keyHashes[0] as string;
    const found = await guesses.admit(request, name, () => activeCallerWith(db, keyHashes));
    if (!found) throw invalidCredentials();
    callers.set(response, found);
    next();
  };
}

/** The tenant that {@link authenticate} has let pass. */
export function caller(response: Response): ExactTenant {
  return callOf(response).tenant;
}

/** The hash of the key that it sent, which may be one that was replaced. */
export function callersKeyHash(response: Response): string {
  return callOf(response).keyHash;
}

function callOf(response: Response): Caller {
  const found = callers.get(response);
  if (!found) throw new Error('A route asks for its caller without authenticate() before it.');
  return found;
}

/** The same tenant's id; undefined for who is none. */
export function callerId(response: Response): number | undefined {
  return callers.get(response)?.tenant.id;
}
