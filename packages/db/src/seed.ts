import type { DbClient } from './db-client.ts';
import type { NewInvoice } from './exact/types.ts';
import { hashApiKey } from './keys/api-key.ts';
import { makeTenant } from './testing/factories.ts';

/** The API key of the sample's tenant. Everybody knows it: it is for databases for development only. */
export const SAMPLE_KEY = 'vat_development';

const SELLER = {
  name: 'Muster Maschinenbau GmbH',
  vat_id: 'DE123456789',
  address: { street: 'Hafenstraße 1', city: 'Hamburg', postal_code: '20457', country: 'DE' },
};
const BUYER = {
  name: 'Officine Rossi S.p.A.',
  vat_id: 'IT12345670017',
  address: { street: 'Via Roma 10', city: 'Torino', postal_code: '10121', country: 'IT' },
};

/** Invoices with amounts and times that a careless reading would round. */
const INVOICES: readonly Pick<
  NewInvoice,
  'externalId' | 'status' | 'countryCode' | 'issueDate' | 'subtotal' | 'taxAmount' | 'totalAmount'
>[] = [
  {
    externalId: 'sample-1',
    status: 'DRAFT',
    countryCode: 'DE',
    issueDate: '2026-01-15T00:00:00.000000Z',
    subtotal: '100.00',
    taxAmount: '19.00',
    totalAmount: '119.00',
  },
  {
    externalId: 'sample-2',
    status: 'VALIDATED',
    countryCode: 'IT',
    issueDate: '2026-02-28T23:59:59.123456Z',
    subtotal: '1999.9900',
    taxAmount: '439.9978',
    totalAmount: '2439.9878',
  },
  {
    externalId: 'sample-3',
    status: 'FAILED',
    countryCode: 'FR',
    issueDate: '2026-03-31T00:00:00.000000Z',
    subtotal: '12345678901234567890.12',
    taxAmount: '0.00',
    totalAmount: '12345678901234567890.12',
  },
];

/**
 * Puts the sample's tenant and invoices in, those of them that are missing.
 *
 * @returns how many invoices that were
 */
export async function seedDatabase(db: DbClient): Promise<number> {
  const known = await db.registry.findByKeyHash(hashApiKey(SAMPLE_KEY));
  const { id } = known ?? (await makeTenant(db, { name: 'Sample tenant', apiKey: SAMPLE_KEY })).tenant;
  const tenant = db.forTenant(id);
  const present = new Set((await tenant.invoices({ limit: 1000 })).map(({ externalId }) => externalId));
  const missing = INVOICES.filter(({ externalId }) => !present.has(externalId));
  for (const invoice of missing) {
    await tenant.createInvoice({
      ...invoice,
      invoiceNumber: `2026-${invoice.externalId.replace('sample-', '').padStart(4, '0')}`,
      supplierData: SELLER,
      customerData: BUYER,
      lineItems: [{ description: 'Montage', quantity: 1, unit_price: invoice.subtotal, tax_rate: 19 }],
    });
  }
  return missing.length;
}
