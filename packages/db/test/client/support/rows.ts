import { randomUUID } from 'node:crypto';
import { apiKeyPrefix, type DbClient, hashApiKey } from '../../../src/index.ts';

export { newInvoice } from '../../../src/testing/index.ts';

/** Stores a tenant through the models, which may be those of a transaction, and returns its id. */
export async function newTenant(db: Pick<DbClient, 'tenant'>, key: string = randomUUID()): Promise<number> {
  const { id } = await db.tenant.create({
    data: { name: 'A tenant', apiKeyHash: hashApiKey(key), apiKeyPrefix: apiKeyPrefix(key) },
    select: { id: true },
  });
  return id;
}
