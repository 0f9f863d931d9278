import { hash } from 'node:crypto';

/**
 * What the database stores of an API key: its SHA-256 as lower-case hex.
 *
 * A plain hash and no password hash, on purpose: keys are looked up by it at
 * every request, and the keys the service makes are random (128 bits), so that
 * there is nothing to guess that a slow hash would protect.
 *
 * @example
 * await db.tenant.findUnique({ where: { apiKeyHash: hashApiKey(key) } });
 */
export function hashApiKey(key: string): string {
  return hash('sha256', key);
}

/**
 * The start of an API key that may be stored and shown, for people to tell keys
 * apart: at most 8 characters and at most a quarter of the key, so that what is
 * left to guess stays out of reach. Keys of one to three characters show none.
 *
 * Characters are Unicode code points: a pair of surrogates is never cut in two,
 * since half a pair cannot be stored as UTF-8.
 */
export function apiKeyPrefix(key: string): string {
  const characters = Array.from(key);
  return characters.slice(0, Math.min(8, Math.floor(characters.length / 4))).join('');
}
