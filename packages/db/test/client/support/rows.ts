import type { DbClient } from '../../../src/index.ts';
import { makeTenant } from '../../../src/testing/index.ts';

export { newInvoice } from '../../../src/testing/index.ts';

/** Stores a tenant and returns its id. */
export async function newTenant(db: DbClient, apiKey?: string): Promise<number> {
  const { tenant } = await makeTenant(db, { ...(apiKey !== undefined && { apiKey }) });
  return tenant.id;
}
