import type { InvoiceDocument } from '../../src/invoice-document/document.ts';
import { SAMPLES, sampleBody, sampleBuyer, sampleLine, sampleSeller } from './sample-invoices.ts';

type Json = Record<string, unknown>;
type Mutable<Of> = { -readonly [Key in keyof Of]: Of[Key] };

/**
 * For each rule an invoice that breaks it: as a client sends it, or, where no request can, a document whose
 * contents do not fit together.
 */
export interface Broken {
  readonly body: Json;
  readonly spoil?: (document: InvoiceDocument) => InvoiceDocument;
}

const body = (changes: Json): Broken => ({ body: sampleBody(changes) });
const ofSample = (name: string, changes: Json = {}): Broken => ({
  body: { ...SAMPLES[name]?.body, ...changes },
});
const spoiled = (spoil: (document: InvoiceDocument) => InvoiceDocument, changes: Json = {}): Broken => ({
  body: sampleBody(changes),
  spoil,
});
const withLine = (changes: Json, more: Json = {}) => body({ line_items: [sampleLine(changes)], ...more });
const withSeller = (changes: Json, more: Json = {}) => body({ supplier: sampleSeller(changes), ...more });
const withBuyer = (changes: Json, more: Json = {}) => body({ customer: sampleBuyer(changes), ...more });
const withPayment = (payment_means: Json) => body({ payment_means });
const total = (field: keyof InvoiceDocument['totals'], amount: string, changes: Json = {}) =>
  spoiled((document) => ({ ...document, totals: { ...document.totals, [field]: amount } }), changes);
const adjusted = (kind: 'allowances' | 'charges', changes: Json = {}) =>
  body({ [kind]: [{ amount: '1.00', reason: 'Motif', tax_rate: 20, ...changes }] });
const lineAdjusted = (kind: 'allowances' | 'charges', changes: Json = {}) =>
  withLine({ [kind]: [{ amount: '0.00', reason: 'Motif', ...changes }] });

const untaxed = { tax_rate: 0, tax_amount: '0.00' };
const reason = { tax_exemption_reason: 'Motif' };
const noIds = {
  supplier: sampleSeller({ vat_id: '', legal_id: { id: '1' } }),
  customer: sampleBuyer({ vat_id: null }),
};

/** The ten rules of a category; `right` is a line of it that breaks none. */
function ofCategory(
  rules: string,
  category: string,
  { right, wrongRate }: { right: Json; wrongRate: number },
): Record<string, Broken> {
  const line = { ...right, tax_category: category };
  const isExempt = 'tax_exemption_reason' in right;
  const isZero = right.tax_rate === 0;
  const ids = category === 'O' ? {} : noIds;
  const adjustment = { amount: '1.00', reason: 'Motif', tax_category: category, tax_rate: right.tax_rate };
  const spoilGroups = (spoil: (group: Mutable<InvoiceDocument['breakdown'][number]>) => void) =>
    spoiled(
      (document) => ({
        ...document,
        breakdown: document.breakdown.map((each) => {
          const changed = { ...each };
          spoil(changed);
          return changed;
        }),
      }),
      { line_items: [sampleLine(line)] },
    );
  const twoReasons = [sampleLine(line), sampleLine({ ...line, tax_exemption_reason: 'Autre motif' })];
  return {
    [`${rules}-01`]: isZero
      ? body({ line_items: twoReasons })
      : spoiled((document) => ({ ...document, breakdown: [] }), { line_items: [sampleLine(line)] }),
    [`${rules}-02`]: withLine(line, ids),
    [`${rules}-03`]: body({ ...ids, allowances: [adjustment] }),
    [`${rules}-04`]: body({ ...ids, charges: [adjustment] }),
    [`${rules}-05`]: withLine({ ...line, tax_rate: wrongRate }),
    [`${rules}-06`]: body({ allowances: [{ ...adjustment, tax_rate: wrongRate }] }),
    [`${rules}-07`]: body({ charges: [{ ...adjustment, tax_rate: wrongRate }] }),
    [`${rules}-08`]: spoilGroups((each) => {
      each.taxable = '90.00';
    }),
    [`${rules}-09`]: spoilGroups((each) => {
      each.tax = '50.00';
    }),
    [`${rules}-10`]: withLine({ ...line, tax_exemption_reason: isExempt ? null : 'Motif' }),
  };
}

const exempt = { ...untaxed, ...reason };
const german = (changes: Json = {}, party: { supplier?: Json; customer?: Json } = {}) => {
  const sample = SAMPLES['German invoice']?.body as { supplier: Json; customer: Json };
  return ofSample('German invoice', {
    supplier: { ...sample.supplier, ...party.supplier },
    customer: { ...sample.customer, ...party.customer },
    ...changes,
  });
};
const dutch = (changes: Json = {}, seller: Json = {}, buyer: Json = {}) => {
  const sample = SAMPLES['Dutch invoice']?.body as { supplier: Json };
  return ofSample('Dutch invoice', {
    supplier: { ...sample.supplier, ...seller },
    customer: sampleBuyer({ country: 'NL', ...buyer }),
    ...changes,
  });
};
const from =
  (name: string) =>
  (changes: Json, seller: Json = {}, buyer: Json = {}) => {
    const sample = SAMPLES[name]?.body as { supplier: Json; customer: Json };
    return ofSample(name, {
      supplier: { ...sample.supplier, ...seller },
      customer: { ...sample.customer, ...buyer },
      ...changes,
    });
  };
const danish = from('Danish seller');
const swedish = from('Swedish seller');
const icelandic = from('Icelandic seller');
const italian = from('Italian seller');
const norwegian = from('Norwegian seller');
const greek = SAMPLES['Greek seller outside Greece']?.body as Json & {
  readonly invoice_number: string;
  readonly supplier: Json;
};
const NO_PERIOD = { start: undefined, end: undefined };
const domestic = (country: string) => ({ country });
const account = { iban: '1' };
const exemptBy = (tax_exemption_reason_code: string, tax_category: string) =>
  withLine({ ...untaxed, tax_category, tax_exemption_reason_code });
const identified = (scheme: string, id: string) => withSeller({ identifier: { scheme, id } });
const representative = {
  name: 'Fiscal SARL',
  vat_id: 'FR40303265045',
  address: 'Rue 1',
  city: 'Lyon',
  postal_code: '69002',
  country: 'FR',
};

export const BROKEN: Readonly<Record<string, Broken>> = {
  'BR-02': body({ invoice_number: ' ' }),
  'BR-03': spoiled((document) => ({ ...document, issueDate: undefined })),
  'BR-05': body({ currency: '' }),
  'BR-06': withSeller({ name: '' }),
  'BR-07': withBuyer({ name: '\t' }),
  'BR-09': withSeller({ country: '' }),
  'BR-11': withBuyer({ country: '' }),
  'BR-16': body({ line_items: [] }),
  'BR-18': body({ tax_representative: { ...representative, name: '' } }),
  'BR-20': body({ tax_representative: { ...representative, country: '' } }),
  'BR-25': withLine({ description: '' }),
  'BR-27': withLine({ unit_price: '-0.01' }),
  'BR-28': withLine({ gross_price: '-1' }),
  'BR-29': body({ invoice_period: { start_date: '2026-02-02', end_date: '2026-02-01' } }),
  'BR-30': withLine({ period: { start_date: '2026-02-02', end_date: '2026-02-01' } }),
  'BR-33': adjusted('allowances', { reason: null }),
  'BR-CO-21': adjusted('allowances', { reason: ' ' }),
  'BR-38': adjusted('charges', { reason: null }),
  'BR-CO-22': adjusted('charges', { reason: '' }),
  'BR-42': lineAdjusted('allowances', { reason: null }),
  'BR-CO-23': lineAdjusted('allowances', { reason: '' }),
  'BR-44': lineAdjusted('charges', { reason: null }),
  'BR-CO-24': lineAdjusted('charges', { reason: '' }),
  'BR-49': withPayment({ payment_reference: '1' }),
  'BR-50': withPayment({ code: '30', account_name: 'Müller' }),
  'BR-51': withPayment({ code: '48', card: { number: '4111111111111111' } }),
  'BR-53': body({ tax_currency: { code: 'SEK' } }),
  'BR-56': body({ tax_representative: { ...representative, vat_id: '' } }),
  'BR-57': body({ delivery: { address: { country: ' ' } } }),
  'BR-61': withPayment({ code: '58' }),
  'BR-62': withSeller({ endpoint: { id: '1' } }),
  'BR-63': withBuyer({ endpoint: { id: '1', scheme: '' } }),
  'BR-64': withLine({ standard_item_id: { id: '1' } }),
  'BR-CO-09': withSeller({ vat_id: '123456789' }),
  'BR-CO-10': total('lines', '90.00'),
  'BR-CO-11': total('allowances', '9.00'),
  'BR-CO-12': total('charges', '9.00'),
  'BR-CO-13': total('withoutTax', '90.00'),
  'BR-CO-14': total('tax', '19.00'),
  'BR-CO-15': total('withTax', '119.00'),
  'BR-CO-16': total('payable', '119.00'),
  'BR-CO-17': spoiled((document) => ({
    ...document,
    breakdown: document.breakdown.map((each) => ({ ...each, tax: '19.00' })),
  })),
  'BR-CO-18': spoiled((document) => ({ ...document, breakdown: [] })),
  'BR-CO-19': spoiled((document) => ({ ...document, period: NO_PERIOD })),
  'BR-CO-20': spoiled(({ lines, ...document }) => ({
    ...document,
    lines: lines.map((line) => ({ ...line, period: NO_PERIOD })),
  })),
  'BR-CO-25': body({ due_date: null }),
  'BR-CO-26': withSeller({ vat_id: '' }),
  'BR-DEC-01': adjusted('allowances', { amount: '1.001' }),
  'BR-DEC-02': adjusted('allowances', { base_amount: '1.001', percentage: '100' }),
  'BR-DEC-05': adjusted('charges', { amount: '1.001' }),
  'BR-DEC-06': adjusted('charges', { base_amount: '1.001', percentage: '100' }),
  'BR-DEC-09': withLine({ line_total: '100.001' }),
  'BR-DEC-10': adjusted('allowances', { amount: '1.0001' }),
  'BR-DEC-11': adjusted('charges', { amount: '1.0001' }),
  'BR-DEC-12': withLine({ line_total: '100.001' }),
  'BR-DEC-13': withLine({ line_total: '10.001' }, { currency: 'KWD' }),
  'BR-DEC-14': withLine({ line_total: '100.001' }),
  'BR-DEC-15': body({ tax_currency: { code: 'SEK', tax_amount: '20.001' } }),
  'BR-DEC-16': body({ prepaid_amount: '1.001' }),
  'BR-DEC-17': body({ rounding_amount: '0.001' }),
  'BR-DEC-18': body({ prepaid_amount: '1.001' }),
  'BR-DEC-19': withLine({ line_total: '100.001' }),
  'BR-DEC-20': withLine({ line_total: '10.001' }, { currency: 'KWD' }),
  'BR-DEC-23': withLine({ line_total: '100.001' }),
  'BR-DEC-24': lineAdjusted('allowances', { amount: '0.001' }),
  'BR-DEC-25': lineAdjusted('allowances', { base_amount: '0.001', percentage: '0' }),
  'BR-DEC-27': lineAdjusted('charges', { amount: '0.001' }),
  'BR-DEC-28': lineAdjusted('charges', { base_amount: '0.001', percentage: '0' }),

  ...ofCategory('BR-S', 'S', { right: { tax_rate: 20, tax_amount: '20.00' }, wrongRate: 0 }),
  ...ofCategory('BR-Z', 'Z', { right: untaxed, wrongRate: 5 }),
  ...ofCategory('BR-E', 'E', { right: exempt, wrongRate: 5 }),
  ...ofCategory('BR-AE', 'AE', { right: exempt, wrongRate: 5 }),
  ...ofCategory('BR-IC', 'K', { right: exempt, wrongRate: 5 }),
  ...ofCategory('BR-G', 'G', { right: exempt, wrongRate: 5 }),
  ...ofCategory('BR-O', 'O', { right: exempt, wrongRate: 5 }),
  ...ofCategory('BR-AF', 'L', { right: { tax_rate: 20, tax_amount: '20.00' }, wrongRate: -1 }),
  ...ofCategory('BR-AG', 'M', { right: { tax_rate: 20, tax_amount: '20.00' }, wrongRate: -1 }),
  'BR-IC-11': ofSample('intra-community supply', { delivery: { address: { country: 'BE' } } }),
  'BR-IC-12': ofSample('intra-community supply', { delivery: { date: '2026-02-27' } }),
  'BR-O-11': ofSample('not subject to VAT', { charges: [{ amount: '1.00', reason: 'Motif', tax_rate: 20 }] }),
  'BR-O-12': ofSample('not subject to VAT', {
    line_items: [sampleLine({ ...exempt, tax_category: 'O' }), sampleLine()],
  }),
  'BR-O-13': ofSample('not subject to VAT', {
    allowances: [{ amount: '1.00', reason: 'Motif', tax_rate: 0 }],
  }),
  'BR-O-14': ofSample('not subject to VAT', { charges: [{ amount: '1.00', reason: 'Motif', tax_rate: 0 }] }),
  'BR-B-01': withLine({ tax_category: 'B' }),
  'BR-B-02': ofSample('split payment', {
    line_items: [sampleLine({ tax_category: 'B' }), sampleLine({ tax_category: 'S' })],
  }),

  'BR-CL-01': body({ invoice_type_code: '999' }),
  'BR-CL-03': body({ currency: 'EUX' }),
  'BR-CL-04': body({ currency: 'eur' }),
  'BR-CL-05': body({ tax_currency: { code: 'XYZ', tax_amount: '1' } }),
  'BR-CL-10': identified('9999', '1'),
  'BR-CL-11': withBuyer({ legal_id: { id: '1', scheme: '9925' } }),
  'BR-CL-14': withBuyer({ country: 'UK' }),
  'BR-CL-16': withPayment({ code: '0', iban: '1' }),
  'BR-CL-17': adjusted('charges', { tax_category: 'X' }),
  'BR-CL-18': withLine({ tax_category: 's' }),
  'BR-CL-19': adjusted('allowances', { reason_code: 'FC' }),
  'BR-CL-20': lineAdjusted('charges', { reason_code: '95' }),
  'BR-CL-21': withLine({ standard_item_id: { id: '1', scheme: 'GTIN' } }),
  'BR-CL-22': exemptBy('VATEX-EU-XX', 'E'),
  'BR-CL-23': withLine({ unit_code: 'PIECES' }),
  'BR-CL-25': withSeller({ endpoint: { id: '1', scheme: '1234' } }),

  'PEPPOL-EN16931-R003': body({ buyer_reference: '' }),
  'PEPPOL-EN16931-R005': body({ tax_currency: { code: 'EUR', tax_amount: '20.00' } }),
  'PEPPOL-EN16931-R010': withBuyer({ endpoint: null }),
  'PEPPOL-EN16931-R020': withSeller({ endpoint: { id: '', scheme: '9957' } }),
  'PEPPOL-EN16931-R040': adjusted('charges', { amount: '1.03', base_amount: '10.00', percentage: '10' }),
  'PEPPOL-EN16931-R041': lineAdjusted('charges', { percentage: '10' }),
  'PEPPOL-EN16931-R042': adjusted('allowances', { base_amount: '1.00' }),
  'PEPPOL-EN16931-R054': body({ tax_currency: { code: 'SEK' } }),
  'PEPPOL-EN16931-R055': body({ tax_currency: { code: 'SEK', tax_amount: '-20.00' } }),
  'PEPPOL-EN16931-R008': body({ preceding_invoices: [{ invoice_number: '1' }, { invoice_number: ' ' }] }),
  'PEPPOL-EN16931-R061': withPayment({ code: '49', mandate: { debited_account: '1' } }),
  'PEPPOL-EN16931-R110': withLine(
    { period: { start_date: '2026-01-31' } },
    { invoice_period: { start_date: '2026-02-01' } },
  ),
  'PEPPOL-EN16931-R111': withLine(
    { period: { end_date: '2026-03-01' } },
    { invoice_period: { end_date: '2026-02-28' } },
  ),
  'PEPPOL-EN16931-R120': withLine({ line_total: '100.03', tax_amount: '20.01' }),
  'PEPPOL-EN16931-R121': withLine({ base_quantity: 0 }),
  'PEPPOL-EN16931-CL002': lineAdjusted('allowances', { reason_code: '1' }),
  'PEPPOL-EN16931-CL003': adjusted('charges', { reason_code: 'fc' }),
  'PEPPOL-EN16931-CL007': body({ currency: 'XCG', payment_means: { iban: '1' } }),
  'PEPPOL-EN16931-CL008': withSeller({ endpoint: { id: 'a@b.example', scheme: 'EM' } }),
  'PEPPOL-EN16931-P0100': body({ invoice_type_code: '325' }),
  'PEPPOL-EN16931-P0101': body({ invoice_type_code: '261' }),
  'PEPPOL-EN16931-P0112': body({ invoice_type_code: '384' }),
  'PEPPOL-EN16931-P0104': exemptBy('VATEX-EU-G', 'E'),
  'PEPPOL-EN16931-P0105': exemptBy('VATEX-EU-O', 'E'),
  'PEPPOL-EN16931-P0106': exemptBy('VATEX-EU-IC', 'E'),
  'PEPPOL-EN16931-P0107': exemptBy('VATEX-EU-AE', 'E'),
  'PEPPOL-EN16931-P0108': exemptBy('VATEX-EU-D', 'AE'),
  'PEPPOL-EN16931-P0109': exemptBy('VATEX-EU-F', 'AE'),
  'PEPPOL-EN16931-P0110': exemptBy('VATEX-EU-I', 'AE'),
  'PEPPOL-EN16931-P0111': exemptBy('VATEX-EU-J', 'AE'),
  'PEPPOL-COMMON-R040': identified('0088', '5790000435945'),
  'PEPPOL-COMMON-R041': identified('0192', '974760674'),
  'PEPPOL-COMMON-R042': identified('0184', 'DK1234567'),
  'PEPPOL-COMMON-R043': identified('0208', '0123456748'),
  'PEPPOL-COMMON-R044': withBuyer({ endpoint: { scheme: '0201', id: 'ABC-12' } }),
  'PEPPOL-COMMON-R045': identified('0210', '1234567890'),
  'PEPPOL-COMMON-R046': withBuyer({ endpoint: { scheme: '9907', id: 'X' } }),
  'PEPPOL-COMMON-R047': identified('0211', 'IT12345670018'),
  'PEPPOL-COMMON-R049': identified('0007', '5560125791'),
  'PEPPOL-COMMON-R050': identified('0151', '53004085617'),

  'DE-R-001': german({ payment_means: null }),
  'DE-R-002': german({}, { supplier: { contact_name: null, phone: null, email: null } }),
  'DE-R-003': german({}, { supplier: { city: '' } }),
  'DE-R-004': german({}, { supplier: { postal_code: '' } }),
  'DE-R-005': german({}, { supplier: { contact_name: null } }),
  'DE-R-006': german({}, { supplier: { phone: null } }),
  'DE-R-007': german({}, { supplier: { email: null } }),
  'DE-R-008': german({}, { customer: { city: '' } }),
  'DE-R-009': german({}, { customer: { postal_code: '' } }),
  'DE-R-010': german({ delivery: { address: { postal_code: '1', country: 'DE' } } }),
  'DE-R-011': german({ delivery: { address: { city: 'Köln', country: 'DE' } } }),
  'DE-R-014': german({ line_items: [sampleLine({ ...exempt, tax_category: 'O' })] }),
  'DE-R-015': german({ buyer_reference: null, purchase_order_reference: '1' }),
  'DE-R-016': german({}, { supplier: { vat_id: '' } }),
  'DE-R-017': german({ invoice_type_code: '393' }),
  'DE-R-018': german({ payment_terms: '#SKONTO#TAGE=14#PROZENT=2#\n' }),
  'DE-R-019': german({ payment_means: { code: '58', iban: 'DE89370400440532013001' } }),
  'DE-R-020': german({ payment_means: { code: '59', mandate: { debited_account: '1' } } }),
  'DE-R-023-1': german({ payment_means: { code: '30' } }),
  'DE-R-023-2': german({ payment_means: { code: '30', ...account, mandate: { reference: '1' } } }),
  'DE-R-024-1': german({ payment_means: { code: '54' } }),
  'DE-R-024-2': german({ payment_means: { code: '55', ...account, card: { number: '1234' } } }),
  'DE-R-025-1': german({ payment_means: { code: '59' } }),
  'DE-R-025-2': german({ payment_means: { code: '59', ...account, mandate: { reference: '1' } } }),
  'DE-R-026': german({ invoice_type_code: '384' }),
  'DE-R-027': german({}, { supplier: { phone: '12' } }),
  'DE-R-028': german({}, { supplier: { email: 'a@b' } }),
  'DE-R-030': german({ payment_means: { code: '59', mandate: { reference: '1', debited_account: '1' } } }),
  'DE-R-031': german({ payment_means: { code: '59', mandate: { reference: '1', creditor_id: '1' } } }),
  'NL-R-001': ofSample('Dutch credit note', { preceding_invoices: [] }),
  'NL-R-002': dutch({}, { city: '' }),
  'NL-R-003': dutch({}, { legal_id: { id: '1', scheme: '0088' } }),
  'NL-R-004': dutch({}, {}, { postal_code: '' }),
  'NL-R-005': dutch({}, {}, { legal_id: { id: '1' } }),
  'NL-R-006': dutch({ tax_representative: { ...representative, country: 'NL', city: null } }),
  'NL-R-007': dutch({ payment_means: null }),
  'NL-R-008': dutch({ payment_means: { code: '42', ...account } }),
  'NL-R-009': dutch({ line_items: [sampleLine({ purchase_order_line: '1' })] }),
  'IT-R-001': italian({}, { tax_registration: '123' }),
  'IT-R-002': italian({}, { address: '' }),
  'IT-R-003': italian({}, { city: '' }),
  'IT-R-004': italian({}, { postal_code: '' }),
  'SE-R-001': swedish({}, { vat_id: 'SE5560125790' }),
  'SE-R-002': swedish({}, { vat_id: 'SE55601257900A' }),
  'SE-R-003': swedish({}, { legal_id: { id: '55601257A0' } }),
  'SE-R-004': swedish({}, { legal_id: { id: '556012579' } }),
  'SE-R-005': swedish({}, { tax_registration: 'Ja' }),
  'SE-R-006': swedish({ line_items: [sampleLine()] }),
  'SE-R-007': swedish({ payment_means: { code: '30', iban: '12A', bic: 'SE:PLUSGIRO' } }),
  'SE-R-008': swedish({ payment_means: { code: '30', iban: '123456A', bic: 'SE:BANKGIRO' } }),
  'SE-R-009': swedish({ payment_means: { code: '30', iban: '123456', bic: 'SE:BANKGIRO' } }),
  'SE-R-010': swedish({ payment_means: { code: '30', iban: '1', bic: 'SE:PLUSGIRO' } }),
  'SE-R-011': swedish({ payment_means: { code: '56', ...account } }),
  'SE-R-012': swedish({ payment_means: { code: '31', ...account } }, {}, domestic('SE')),
  'SE-R-013': swedish({}, { legal_id: { id: '5560125791' } }),
  'DK-R-002': danish({}, { legal_id: null }),
  'DK-R-004': danish({ charges: [{ amount: '1.00', reason: 'Afgift', reason_code: 'ZZZ', tax_rate: 20 }] }),
  'DK-R-005': danish({ payment_means: { code: '30', ...account } }),
  'DK-R-006': danish({ payment_means: { code: '42', ...account } }),
  'DK-R-007': danish({ payment_means: { code: '49', mandate: { reference: '1' } } }),
  'DK-R-008': danish({ payment_means: { code: '50', payment_reference: '02#', iban: '1234567' } }),
  'DK-R-009': danish({ payment_means: { code: '50', payment_reference: '04#1', iban: '1234567' } }),
  'DK-R-010': danish({ payment_means: { code: '93', payment_reference: '73#', iban: '1234567' } }),
  'DK-R-011': danish({ payment_means: { code: '93', payment_reference: '71#1', iban: '12345678' } }),
  'DK-R-013': danish({}, {}, { identifier: { id: '1' } }),
  'DK-R-014': danish({}, { legal_id: { id: '1', scheme: '0088' } }),
  'DK-R-016': danish({
    invoice_type_code: '381',
    line_items: [sampleLine({ quantity: -4, line_total: '-100.00' })],
  }),
  'NO-R-001': norwegian({}, { vat_id: 'NO974760674MVA' }),
  'NO-R-002': norwegian({}, { tax_registration: null }),
  'IS-R-001': icelandic({ invoice_type_code: '383' }),
  'IS-R-002': icelandic({}, { legal_id: { id: '1' } }),
  'IS-R-003': icelandic({}, { address: '' }),
  'IS-R-004': icelandic({}, {}, domestic('IS')),
  'IS-R-005': icelandic({}, {}, { country: 'IS', postal_code: '' }),
  'IS-R-006': icelandic({ payment_means: { code: '9', ...account } }),
  'IS-R-007': icelandic({ payment_means: { code: '42', ...account } }),
  ...Object.fromEntries(
    ['|', '1', '', 'one', '9.9', '', ''].map((segment, index) => [
      `GR-R-001-${index + 1}`,
      body({
        ...greek,
        invoice_number: greek.invoice_number
          .split('|')
          .map((right, place) => (place === Math.max(0, index - 1) ? segment : right))
          .join('|'),
      }),
    ]),
  ),
  'GR-R-002': body({ ...greek, supplier: { ...greek.supplier, name: ' ' } }),
  'GR-R-003': body({ ...greek, supplier: { ...greek.supplier, vat_id: 'EL094019246' } }),
  'GR-S-011': body({ ...greek, supplier: { ...greek.supplier, vat_id: 'GR094019245' } }),
  'GR-R-004-1': ofSample('Greek seller'),
  'GR-S-008-1': ofSample('Greek seller'),
  'GR-R-005': body({ ...greek, customer: sampleBuyer({ name: '' }) }),
  'GR-R-006': body({ ...greek, customer: sampleBuyer({ vat_id: null, country: 'GR' }) }),
  'GR-R-009': body({
    ...greek,
    supplier: { ...greek.supplier, endpoint: { id: '094019245', scheme: '9930' } },
  }),
  'GR-R-010': body({ ...greek, customer: sampleBuyer({ vat_id: 'EL094019245', country: 'GR' }) }),

  'VATEVO-01': body({ currency: 'JPY', line_items: [sampleLine({ line_total: '100.50' })] }),
  'VATEVO-02': withLine({ tax_amount: '20.01' }),
  'VATEVO-03': body({ invoice_type_code: '381', payment_means: null }),
  'VATEVO-04': withSeller({ legal_id: { id: '1', scheme: '0245' } }),
};
