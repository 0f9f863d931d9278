import { randomBytes } from 'node:crypto';
import { apiKeyPrefix, type DbClient, hashApiKey } from '@vatevo/db';

/** 128 random bits in the form that the replaced service gave out. */
export function newApiKey(): string {
  return `vat_${randomBytes(16).toString('hex')}`;
}

/** A new key, and until when the one before it is still taken. */
export interface RotatedKey {
  readonly apiKey: string;
  readonly oldKeyUntil: string | null;
}

/**
 * Gives a tenant a new key in the place of the one it has, which is still taken for a while.
 *
 * @param byKeyHash the key that asks for it: only the present one may, so that one that has leaked and was replaced
 *   cannot be used to get another
 * @returns undefined when there is no such tenant, or its key is another one
 */
export async function rotateApiKey(
  db: DbClient,
  { tenantId, graceSeconds, byKeyHash }: { tenantId: number; graceSeconds: number; byKeyHash?: string },
): Promise<RotatedKey | undefined> {
  const apiKey = newApiKey();
  const rotated = await db.registry.rotateKey({
    tenantId,
    apiKeyHash: hashApiKey(apiKey),
    apiKeyPrefix: apiKeyPrefix(apiKey),
    graceSeconds,
    byKeyHash,
  });
  return rotated ? { apiKey, ...rotated } : undefined;
}
