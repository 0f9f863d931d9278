import { beforeAll, describe, expect, it } from 'vitest';
import { enginesAndCitus as engines } from '../support/engines.ts';
import { invoiceBody, lineItem } from '../support/invoices.ts';

describe.each(engines)('POST /validate on $name', (engine) => {
  const api = engine.startApi();
  let key: string;

  beforeAll(async () => {
    key = await api.client.newTenant();
  });

  it('finds a good invoice valid, fields it does not know included', async () => {
    const { status, body } = await api.client.post('/validate', { key, body: invoiceBody() });
    // The second line of the sample states a tax of 0.019 on a price of 100.
    expect([status, body]).toEqual([
      200,
      {
        valid: true,
        errors: [],
        warnings: ['Line item 2: Tax amount calculation may be incorrect'],
        violations: expect.any(Array),
      },
    ]);
  });

  it('reports empty VAT IDs instead of refusing them', async () => {
    const { supplier, customer } = invoiceBody() as { supplier: object; customer: object };
    const body = invoiceBody({
      country_code: 'IT',
      supplier: { ...supplier, vat_id: '' },
      customer: { ...customer, vat_id: '' },
      line_items: [lineItem({ unit_price: '-1', quantity: 0, tax_amount: '0' })],
    });
    expect((await api.client.post('/validate', { key, body })).body).toEqual({
      valid: false,
      errors: [
        'Supplier VAT ID is required',
        'Customer VAT ID is required for IT',
        'Line item 1: Unit price must be positive',
        'Line item 1: Quantity must be positive',
      ],
      warnings: [],
      violations: expect.any(Array),
    });
  });

  it('refuses what is no invoice at all', async () => {
    const { status, body } = await api.client.post('/validate', { key, body: {} });
    expect(status).toBe(422);
    expect(body.detail.map(({ loc }: { loc: unknown[] }) => loc)).toEqual([
      ['body', 'country_code'],
      ['body', 'supplier'],
      ['body', 'customer'],
      ['body', 'line_items'],
    ]);
  });

  it('stores nothing', async () => {
    await api.client.post('/validate', { key, body: invoiceBody() });
    expect((await api.client.get('/invoices', { key })).body).toEqual([]);
  });
});
