import { randomBytes } from 'node:crypto';
import type { DbClient } from '../db-client.ts';
import type { ExactTenant, NewInvoice } from '../exact/types.ts';
import { apiKeyPrefix, hashApiKey } from '../keys/api-key.ts';
import type { NewTenant } from '../registry.ts';

/** A tenant, and the API key that it is known by. */
export interface MadeTenant {
  readonly tenant: ExactTenant;
  readonly apiKey: string;
}

/**
 * Stores a tenant; `changes` replace its fields.
 *
 * @param apiKey a random one when it is left out
 */
export async function makeTenant(
  db: Pick<DbClient, 'registry'>,
  {
    apiKey = `vat_${randomBytes(16).toString('hex')}`,
    ...changes
  }: Partial<NewTenant> & { apiKey?: string } = {},
): Promise<MadeTenant> {
  const tenant = await db.registry.create({
    name: 'A tenant',
    apiKeyHash: hashApiKey(apiKey),
    apiKeyPrefix: apiKeyPrefix(apiKey),
    ...changes,
  });
  return { tenant, apiKey };
}

/** A complete new invoice for `createInvoice`; `changes` replace its fields. */
export function newInvoice(changes: Partial<NewInvoice> = {}): NewInvoice {
  return {
    externalId: 'EXT-1',
    countryCode: 'DE',
    invoiceNumber: 'INV-1',
    issueDate: '2025-01-15T00:00:00Z',
    subtotal: '100.00',
    taxAmount: '19.000',
    totalAmount: '119.00',
    supplierData: { name: 'Müller & Söhne' },
    customerData: { name: 'Kunde' },
    lineItems: [],
    ...changes,
  };
}
