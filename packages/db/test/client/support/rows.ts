import { randomUUID } from 'node:crypto';
import { apiKeyPrefix, type DbClient, hashApiKey, type NewInvoice } from '../../../src/index.ts';

/** Stores a tenant and returns its id. */
export async function newTenant(db: DbClient, key: string = randomUUID()): Promise<number> {
  const { id } = await db.tenant.create({
    data: { name: 'A tenant', apiKeyHash: hashApiKey(key), apiKeyPrefix: apiKeyPrefix(key) },
    select: { id: true },
  });
  return id;
}

/** A complete new invoice; `changes` replace its fields. */
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
