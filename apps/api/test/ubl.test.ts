import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { invoiceRequest } from '../src/contract/invoice-request.ts';
import type { InvoiceContent } from '../src/invoice-document/content.ts';
import { contentOf } from '../src/services/invoices/content.ts';
import { evaluate } from '../src/services/invoices/evaluate.ts';
import { invoiceBody, lineItem } from './support/invoices.ts';

const content = contentOf(
  invoiceRequest.parse(
    invoiceBody({
      line_items: [
        lineItem(),
        lineItem({ tax_rate: 7, tax_amount: '7.00' }),
        lineItem({ line_total: '0.5', tax_amount: '0.095' }),
      ],
    }),
  ),
);

function build(changes: Partial<InvoiceContent> = {}): string {
  const { document } = evaluate({ ...content, ...changes }, 'report');
  if (!document.ok) throw new Error(document.reason);
  return document.xml;
}

function reasonFor(changes: Partial<InvoiceContent>): string {
  const { document } = evaluate({ ...content, ...changes }, 'report');
  return document.ok ? '' : document.reason;
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

const [line] = content.lines;
if (!line) throw new Error('There is no line.');

describe('the UBL document', () => {
  it('has the VAT of each rate, computed from the sum of its lines and rounded', () => {
    const document = parse(build());
    const groups = document['cac:TaxTotal']['cac:TaxSubtotal'];
    expect(
      groups.map((group: Record<string, Record<string, string>>) => [
        group['cac:TaxCategory']?.['cbc:Percent'],
        group['cbc:TaxableAmount']?.['#text'],
        group['cbc:TaxAmount']?.['#text'],
      ]),
    ).toEqual([
      ['19', '100.50', '19.10'],
      ['7', '100.00', '7.00'],
    ]);
    expect(document['cac:LegalMonetaryTotal']['cbc:PayableAmount']).toEqual({
      '#text': '226.60',
      '@_currencyID': 'EUR',
    });
    expect(document['cac:InvoiceLine'][1]['cbc:InvoicedQuantity']).toEqual({
      '#text': '2',
      '@_unitCode': 'C62',
    });
  });

  it('is exact where binary floating point is not', () => {
    const lines = Array.from({ length: 3 }, () => ({ ...line, line_total: '0.1' }));
    expect(build({ lines })).toContain('<cbc:LineExtensionAmount currencyID="EUR">0.30<');
    const large = [
      { ...line, line_total: '999999999999999.99' },
      { ...line, line_total: '0.02' },
    ];
    expect(build({ lines: large })).toContain('>1000000000000000.01<');
  });

  it('escapes what XML gives a meaning to, and loses nothing of it', () => {
    const name = `Müller & Söhne <"GmbH">' ]]> & 🚀`;
    const document = parse(build({ supplier: { ...content.supplier, name } }));
    expect(document['cac:AccountingSupplierParty']['cac:Party']['cac:PartyName']['cbc:Name']).toBe(name);
  });

  it('escapes attributes', () => {
    const xml = build({ lines: [{ ...line, unit_code: '"<&\n\t>' }] });
    expect(xml).toContain('unitCode="&quot;&lt;&amp;&#xA;&#x9;&gt;"');
    expect(XMLValidator.validate(xml)).toBe(true);
  });

  it('writes a carriage return so that a parser does not turn it into a line feed', () => {
    expect(build({ invoiceNumber: 'a\r\nb' })).toContain('<cbc:ID>a&#xD;\nb</cbc:ID>');
  });

  it('has no tax scheme of a party without a VAT ID, and no element for what is blank', () => {
    const document = parse(build({ customer: { ...content.customer, vat_id: ' ', city: '' } }));
    const party = document['cac:AccountingCustomerParty']['cac:Party'];
    expect(party).not.toHaveProperty('cac:PartyTaxScheme');
    expect(party['cac:PostalAddress']).not.toHaveProperty('cbc:CityName');
  });

  it.each<[string, Partial<InvoiceContent>, RegExp]>([
    [
      'a control character',
      { supplier: { ...content.supplier, name: 'a\u0001' } },
      /supplier\.name holds U\+0001/,
    ],
    [
      'a non-character',
      { lines: [{ ...line, description: '\ufffe' }] },
      /line_items\.0\.description holds U\+FFFE/,
    ],
    [
      'a control character in an optional field',
      { details: { payment_means: { iban: '\b' } } },
      /payment_means\.iban holds U\+0008/,
    ],
    ['no lines', { lines: [] }, /line_items is empty/],
    ['a currency that is none', { currency: 'euro' }, /currency is no ISO 4217 code/],
    [
      'a country that is none',
      { customer: { ...content.customer, country: 'Germany' } },
      /customer\.country/,
    ],
    ['a day before the year 1', { issueDate: '0000-12-31' }, /issue_date lies before the year 1/],
  ])('says why there can be none: %s', (_name, changes, reason) => {
    expect(reasonFor(changes)).toMatch(reason);
  });

  it('names at most ten faults', () => {
    const lines = Array.from({ length: 50 }, () => ({ ...line, description: '\u0001' }));
    expect(reasonFor({ lines })).toMatch(/and 40 more$/);
  });

  it('writes ten thousand lines', () => {
    const xml = build({ lines: Array.from({ length: 10_000 }, () => line) });
    expect(xml.match(/<cac:InvoiceLine>/g)).toHaveLength(10_000);
  });
});
