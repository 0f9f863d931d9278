import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { invoiceRequest } from '../src/contract/invoice-request.ts';
import { makeDocument } from '../src/invoice-document/make-document.ts';
import { check, type Verdict } from '../src/invoice-rules/check.ts';
import { NOT_CHECKED } from '../src/invoice-rules/not-checked.ts';
import { RULES } from '../src/invoice-rules/table.ts';
import { contentOf } from '../src/services/invoices/content.ts';
import { buildUbl } from '../src/ubl/build.ts';
import { BROKEN, type Broken } from './support/broken-invoices.ts';
import { SAMPLES, sampleBody, sampleBuyer, sampleLine, sampleSeller } from './support/sample-invoices.ts';

const documentOf = (body: unknown) => makeDocument(contentOf(invoiceRequest.parse(body)));
const verdictOf = ({ body, spoil = (document) => document }: Broken): Verdict =>
  check(spoil(documentOf(body)));
const idsOf = ({ violations }: Verdict) => violations.map(({ rule }) => rule.id);

describe('the samples', () => {
  it.each(Object.entries(SAMPLES))(
    '%s: claims what it follows, and nothing else',
    (_name, { body, claim }) => {
      const document = documentOf(body);
      const verdict = check(document);
      const fatal = verdict.violations
        .filter(({ rule }) => rule.severity === 'fatal')
        .map(({ rule }) => rule.id);
      expect(verdict.claim).toBe(claim);
      if (claim === 'Peppol') expect(fatal).toEqual([]);
      const xml = buildUbl(document, verdict.claim);
      expect(XMLValidator.validate(xml)).toBe(true);
      expect(xml.includes('<cbc:CustomizationID>urn:cen.eu:en16931:2017')).toBe(claim !== undefined);
      expect(xml.includes('peppol')).toBe(claim === 'Peppol');
    },
  );
});

describe('the table of rules', () => {
  it('has each rule once, and what it has not is listed once', () => {
    const ids = [...RULES.map(({ id }) => id), ...Object.values(NOT_CHECKED).flat()];
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('names or leaves out with a reason every rule of the standards', () => {
    const numbered = (prefix: string, numbers: readonly number[]) =>
      numbers.map((number) => `${prefix}-${String(number).padStart(2, '0')}`);
    const to = (from: number, last: number, without: readonly number[] = []) =>
      Array.from({ length: last - from + 1 }, (_, index) => from + index).filter((n) => !without.includes(n));
    const wanted = [
      ...numbered('BR', to(1, 65, [34, 35, 39, 40, 58, 59, 60])),
      ...numbered('BR-CO', to(3, 26)),
      ...numbered('BR-DEC', to(1, 28, [3, 4, 7, 8, 21, 22, 26])),
      ...['S', 'Z', 'E', 'AE', 'G', 'AF', 'AG'].flatMap((category) => numbered(`BR-${category}`, to(1, 10))),
      ...numbered('BR-IC', to(1, 12)),
      ...numbered('BR-O', to(1, 14)),
      ...numbered('BR-B', to(1, 2)),
      ...numbered('BR-CL', to(1, 26, [2, 9, 12])),
    ];
    const known = new Set([...RULES.map(({ id }) => id), ...Object.values(NOT_CHECKED).flat()]);
    expect(wanted.filter((id) => !known.has(id))).toEqual([]);
  });

  it.each(RULES)('$id is named for an invoice that breaks it', ({ id, source, severity }) => {
    const verdict = verdictOf(BROKEN[id] as Broken);
    expect(idsOf(verdict)).toContain(id);
    if (severity === 'fatal') expect(verdict.claim).not.toBe('Peppol');
    if (severity === 'fatal' && source !== 'Peppol') expect(verdict.claim).toBeUndefined();
  });

  it('has no invoice for rules that there are not', () => {
    const ids = new Set(RULES.map(({ id }) => id));
    expect(Object.keys(BROKEN).filter((id) => !ids.has(id))).toEqual([]);
  });

  it('says where, in the words of the request', () => {
    const lines = [sampleLine(), sampleLine({ unit_code: 'X', allowances: [{ amount: '0' }] })];
    const { violations } = verdictOf({ body: sampleBody({ line_items: lines }) });
    expect(violations.map(({ rule, location }) => `${rule.id} ${location}`)).toEqual([
      'BR-42 line_items.1.allowances.0.reason',
      'BR-CO-23 line_items.1.allowances.0.reason',
      'BR-CL-23 line_items.1.unit_code',
    ]);
  });

  it('are no stricter than the documents that the validators are given', () => {
    const rulesOf = (body: Record<string, unknown>) => idsOf(verdictOf({ body: sampleBody(body) }));
    // What the lines state as VAT is not in the document.
    expect(rulesOf({ line_items: [sampleLine({ tax_amount: '50.00' })] })).toEqual(['VATEVO-02']);
    // An empty number is an element that is there.
    const blank = verdictOf({ body: sampleBody({ preceding_invoices: [{ invoice_number: ' ' }] }) });
    expect([idsOf(blank), blank.claim]).toEqual([['PEPPOL-EN16931-R008'], 'EN 16931']);
  });

  it.each([
    // The creditor alone makes no mandate: it is written with the seller.
    [{ code: '58', iban: 'DE89370400440532013000', mandate: { creditor_id: '1' } }, []],
    [{ code: '58', iban: 'DE89370400440532013000', mandate: { reference: ' ' } }, []],
    [{ code: '59', mandate: { creditor_id: '1' } }, ['DE-R-025-1']],
  ])('hold a German mandate to be there when the document has it: %j', (payment_means, wanted) => {
    const { body } = BROKEN['DE-R-023-1'] as Broken;
    const ids = idsOf(verdictOf({ body: { ...body, payment_means } }));
    expect(ids.filter((id) => /DE-R-02[345]|DE-R-03/.test(id))).toEqual(wanted);
  });

  it.each([
    ['currency', { currency: 'MRU', payment_means: { iban: '1' } }],
    ['tax_currency.code', { tax_currency: { code: 'UYW', tax_amount: '1.00' } }],
    ['supplier.identifier.scheme', { supplier: sampleSeller({ identifier: { id: '1', scheme: '0241' } }) }],
    ['customer.legal_id.scheme', { customer: sampleBuyer({ legal_id: { id: '1', scheme: '0248' } }) }],
    [
      'line_items.0.standard_item_id.scheme',
      { line_items: [sampleLine({ standard_item_id: { id: '1', scheme: '0244' } })] },
    ],
    [
      'line_items',
      {
        line_items: [
          sampleLine({
            tax_rate: 0,
            tax_amount: '0.00',
            tax_category: 'E',
            tax_exemption_reason_code: 'VATEX-EU-135-1',
          }),
        ],
      },
    ],
  ])(
    "do not let %s claim Peppol with a code that Peppol's copy of CEN's lists lacks",
    (location, changes) => {
      const verdict = verdictOf({ body: sampleBody(changes) });
      expect(verdict.violations.map((each) => [each.rule.id, each.location])).toEqual([
        ['VATEVO-04', location],
      ]);
      expect(verdict.claim).toBe('EN 16931');
    },
  );

  it('round what is below zero as the validators do: half of one is nothing', () => {
    const changes = { tax_rate: 0.4, line_total: '-125.00', tax_amount: '-0.50', quantity: -5 };
    expect(idsOf(verdictOf({ body: sampleBody({ line_items: [sampleLine(changes)] }) }))).toEqual([]);
  });

  it('names ten places of a rule at the most', () => {
    const line_items = Array.from({ length: 30 }, () => sampleLine({ unit_code: 'X' }));
    const verdict = verdictOf({ body: sampleBody({ line_items }) });
    expect(idsOf(verdict)).toEqual(Array(10).fill('BR-CL-23'));
  });

  it('names a hundred violations at the most, and counts all of them for what it claims', () => {
    const line = sampleLine({
      description: '',
      unit_price: '-1',
      gross_price: '-1',
      line_total: '1.001',
      unit_code: 'X',
      tax_category: 'X',
      period: {},
      base_quantity: -1,
      standard_item_id: { id: '1', scheme: 'X' },
      allowances: [{ amount: '1.001', base_amount: '1.001', reason_code: 'X' }, { amount: '1.001' }],
      charges: [{ amount: '1.001', base_amount: '1.001', reason_code: 'X' }, { amount: '1.001' }],
    });
    const verdict = verdictOf({ body: sampleBody({ line_items: Array.from({ length: 30 }, () => line) }) });
    expect([verdict.violations.length, verdict.claim]).toEqual([100, undefined]);
  });
});
