import { describe, expect, it } from 'vitest';
import type { ValidationRequest } from '../src/contract/invoice-request.ts';
import { validateInvoice } from '../src/services/invoices/validate-invoice.ts';

const party = { address: 'a', city: 'c', postal_code: 'p', country: 'DE', email: null };
const line = {
  description: 'd',
  quantity: 2,
  unit_price: '50.00',
  tax_rate: 19,
  tax_amount: '19.00',
  line_total: '100.00',
};
const good: ValidationRequest = {
  country_code: 'DE',
  supplier: { ...party, name: 's', vat_id: 'DE1', phone: null },
  customer: { ...party, name: 'c', vat_id: 'DE2' },
  line_items: [line],
};

describe('validateInvoice', () => {
  it('finds nothing in a good invoice', () => {
    expect(validateInvoice(good)).toMatchObject({ valid: true, errors: [], warnings: [] });
  });

  it.each(['', ' '])('misses the supplier VAT ID %j', (vat_id) => {
    expect(validateInvoice({ ...good, supplier: { ...good.supplier, vat_id } }).errors).toEqual([
      'Supplier VAT ID is required',
    ]);
  });

  it.each([null, ''])('misses the customer VAT ID %j in Italy and Germany only', (vat_id) => {
    const customer = { ...good.customer, vat_id };
    expect(validateInvoice({ ...good, customer }).errors).toEqual(['Customer VAT ID is required for DE']);
    expect(validateInvoice({ ...good, customer, country_code: 'IT' }).errors).toEqual([
      'Customer VAT ID is required for IT',
    ]);
    expect(validateInvoice({ ...good, customer, country_code: 'FR' }).errors).toEqual([]);
  });

  it('wants a line item', () => {
    expect(validateInvoice({ ...good, line_items: [] }).errors).toEqual([
      'At least one line item is required',
    ]);
  });

  it('names the line of a bad price or quantity', () => {
    expect(
      validateInvoice({
        ...good,
        line_items: [line, { ...line, unit_price: '0.00', quantity: -1, tax_amount: '0' }],
      }),
    ).toMatchObject({
      valid: false,
      errors: ['Line item 2: Unit price must be positive', 'Line item 2: Quantity must be positive'],
      warnings: [],
    });
  });

  it.each([
    ['19.01', 0],
    ['18.99', 0],
    ['19.0101', 1],
    ['18.9899', 1],
  ])('compares the tax amount %s exactly', (tax_amount, warnings) => {
    expect(validateInvoice({ ...good, line_items: [{ ...line, tax_amount }] })).toMatchObject({
      valid: true,
      errors: [],
      warnings: warnings ? ['Line item 1: Tax amount calculation may be incorrect'] : [],
    });
  });
});
