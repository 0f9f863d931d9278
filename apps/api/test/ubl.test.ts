import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { buildUbl } from '../src/ubl/build.ts';
import type { UblInvoice } from '../src/ubl/invoice.ts';

const party = {
  vat_id: 'DE123456789',
  address: 'Straße des 17. Juni 135',
  city: 'Berlin',
  postal_code: '10623',
  country: 'DE',
  email: null,
};
const line = {
  description: 'Software License',
  quantity: 2,
  unit_price: '50.00',
  tax_rate: 19,
  tax_amount: '19.00',
  line_total: '100.00',
};
const invoice: UblInvoice = {
  invoiceNumber: 'INV-1',
  issueDate: '2025-01-15',
  dueDate: '2025-02-15',
  currency: 'EUR',
  supplier: { ...party, name: 'Lieferant GmbH', phone: '+49 30 1' },
  customer: { ...party, name: 'Kunde AG' },
  lines: [
    line,
    { ...line, tax_rate: 7, tax_amount: '7.00' },
    { ...line, line_total: '0.5', tax_amount: '0.095' },
  ],
  subtotal: '200.50',
  taxAmount: '26.095',
  totalAmount: '226.595',
};

function build(changes: Partial<UblInvoice> = {}): string {
  const result = buildUbl({ ...invoice, ...changes });
  if (!result.ok) throw new Error(result.reason);
  return result.xml;
}

function parse(xml: string) {
  expect(XMLValidator.validate(xml)).toBe(true);
  return new XMLParser({
    parseTagValue: false,
    trimValues: false,
    ignoreAttributes: false,
    isArray: (name) => name === 'cac:InvoiceLine' || name === 'cac:TaxSubtotal',
  }).parse(xml).Invoice;
}

describe('buildUbl', () => {
  it('writes the elements in the order of the UBL 2.1 schema', () => {
    const names = Object.keys(parse(build())).filter((name) => !name.startsWith('@_') && name !== '#text');
    expect(names).toEqual([
      'cbc:CustomizationID',
      'cbc:ProfileID',
      'cbc:ID',
      'cbc:IssueDate',
      'cbc:DueDate',
      'cbc:InvoiceTypeCode',
      'cbc:DocumentCurrencyCode',
      'cac:AccountingSupplierParty',
      'cac:AccountingCustomerParty',
      'cac:TaxTotal',
      'cac:LegalMonetaryTotal',
      'cac:InvoiceLine',
    ]);
  });

  it('sums tax per rate and carries the amounts as they were given', () => {
    const document = parse(build());
    const groups = document['cac:TaxTotal']['cac:TaxSubtotal'];
    expect(
      groups.map((group: Record<string, Record<string, string>>) => [
        group['cac:TaxCategory']?.['cbc:Percent'],
        group['cbc:TaxableAmount']?.['#text'],
        group['cbc:TaxAmount']?.['#text'],
      ]),
    ).toEqual([
      ['19', '100.50', '19.095'],
      ['7', '100.00', '7.00'],
    ]);
    expect(document['cac:LegalMonetaryTotal']['cbc:PayableAmount']).toEqual({
      '#text': '226.595',
      '@_currencyID': 'EUR',
    });
    expect(document['cac:InvoiceLine'][1]['cbc:InvoicedQuantity']).toEqual({
      '#text': '2',
      '@_unitCode': 'C62',
    });
  });

  it('escapes what XML gives a meaning to, and loses nothing of it', () => {
    const name = `Müller & Söhne <"GmbH">' ]]> & 🚀`;
    const document = parse(build({ supplier: { ...invoice.supplier, name } }));
    expect(document['cac:AccountingSupplierParty']['cac:Party']['cac:PartyName']['cbc:Name']).toBe(name);
  });

  it('writes a carriage return so that a parser does not turn it into a line feed', () => {
    expect(build({ invoiceNumber: 'a\r\nb' })).toContain('<cbc:ID>a&#xD;\nb</cbc:ID>');
  });

  it('leaves the tax scheme out for a party without a VAT ID', () => {
    const document = parse(build({ customer: { ...invoice.customer, vat_id: null } }));
    expect(document['cac:AccountingCustomerParty']['cac:Party']).not.toHaveProperty('cac:PartyTaxScheme');
  });

  it.each<[string, Partial<UblInvoice>, RegExp]>([
    [
      'a control character',
      { supplier: { ...invoice.supplier, name: 'a\u0001' } },
      /supplier\.name holds U\+0001/,
    ],
    [
      'a non-character',
      { lines: [{ ...line, description: '\ufffe' }] },
      /line_items\.0\.description holds U\+FFFE/,
    ],
    ['no lines', { lines: [] }, /line_items is empty/],
    ['a currency that is none', { currency: 'euro' }, /currency is no ISO 4217 code/],
    [
      'a country that is none',
      { customer: { ...invoice.customer, country: 'Germany' } },
      /customer\.country/,
    ],
  ])('says why there can be no document: %s', (_name, changes, reason) => {
    expect(buildUbl({ ...invoice, ...changes })).toEqual({
      ok: false,
      reason: expect.stringMatching(reason),
    });
  });

  it('names at most ten faults', () => {
    const lines = Array.from({ length: 50 }, () => ({ ...line, description: '\u0001' }));
    const result = buildUbl({ ...invoice, lines });
    expect(result.ok ? '' : result.reason).toMatch(/and 40 more$/);
  });

  it('writes ten thousand lines', () => {
    const xml = build({ lines: Array.from({ length: 10_000 }, () => line) });
    expect(xml.match(/<cac:InvoiceLine>/g)).toHaveLength(10_000);
  });
});
