import type { Claim } from '../../src/invoice-rules/check.ts';

type Json = Record<string, unknown>;

/** An invoice as a client sends it, and what its document claims to follow: it must pass every rule of that. */
export interface Sample {
  readonly claim: Claim;
  readonly body: Json;
}

const seller = {
  name: 'Brasserie du Nord SA',
  vat_id: 'FR32123456789',
  address: '12 rue de la Gare',
  city: 'Lille',
  postal_code: '59000',
  country: 'FR',
  email: 'ventes@brasserie.example',
  endpoint: { id: '12345678900012', scheme: '0009' },
};
const buyer = {
  name: 'Café Central SPRL',
  vat_id: 'BE0123456749',
  address: 'Rue Neuve 4',
  city: 'Bruxelles',
  postal_code: '1000',
  country: 'BE',
  endpoint: { id: 'BE0123456749', scheme: '9925' },
};
const line = {
  description: 'Bière blonde, fût de 30 l',
  quantity: 4,
  unit_price: '25.00',
  tax_rate: 20,
  tax_amount: '20.00',
  line_total: '100.00',
};
const untaxed = { tax_rate: 0, tax_amount: '0.00' };

/** A body that passes all rules, with changes. */
export function sampleBody(changes: Json = {}): Json {
  return {
    external_id: 'S-1',
    country_code: 'FR',
    invoice_number: 'F-2026-001',
    issue_date: '2026-03-02',
    due_date: '2026-04-01',
    currency: 'EUR',
    buyer_reference: 'PO-77',
    supplier: seller,
    customer: buyer,
    line_items: [line],
    payment_means: { iban: 'FR7630006000011234567890189' },
    ...changes,
  };
}

/** The line of the samples, with changes. */
export const sampleLine = (changes: Json = {}): Json => ({ ...line, ...changes });
/** The parties of the samples, with changes. */
export const sampleSeller = (changes: Json = {}): Json => ({ ...seller, ...changes });
export const sampleBuyer = (changes: Json = {}): Json => ({ ...buyer, ...changes });

const german = {
  country_code: 'DE',
  supplier: {
    name: 'Müller & Söhne <GmbH>',
    vat_id: 'DE123456789',
    address: 'Straße des 17. Juni 135',
    city: 'Berlin',
    postal_code: '10623',
    country: 'DE',
    email: 'rechnung@mueller.example',
    phone: '+49 30 1234567',
    contact_name: 'Buchhaltung',
    endpoint: { id: 'DE123456789', scheme: '9930' },
  },
  customer: {
    name: 'Kunde AG',
    vat_id: 'DE987654321',
    address: 'Hauptstraße 1',
    city: 'München',
    postal_code: '80331',
    country: 'DE',
    endpoint: { id: '04011000-12345-34', scheme: '0204' },
  },
  payment_means: { iban: 'DE89370400440532013000', account_name: 'Müller & Söhne', bic: 'COBADEFFXXX' },
  line_items: [sampleLine({ tax_rate: 19, tax_amount: '19.00' })],
};
const dutchSeller = {
  name: 'Kaas BV',
  vat_id: 'NL123456789B01',
  address: 'Damrak 1',
  city: 'Amsterdam',
  postal_code: '1012 LG',
  country: 'NL',
  legal_id: { id: '12345678', scheme: '0106' },
  endpoint: { id: '12345678', scheme: '0106' },
};
const delivered = {
  delivery: { date: '2026-02-27', name: 'Café Central', address: { city: 'Bruxelles', country: 'BE' } },
};

const peppol = (changes: Json = {}): Sample => ({ claim: 'Peppol', body: sampleBody(changes) });
const plain = (changes: Json): Sample => ({ claim: 'EN 16931', body: sampleBody(changes) });
const nothing = (changes: Json): Sample => ({ claim: undefined, body: sampleBody(changes) });

/** Invoices of all kinds. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  'standard rate': peppol(),
  'two rates': peppol({
    line_items: [line, sampleLine({ tax_rate: 5.5, tax_amount: '5.50', description: 'Pain' }), line],
  }),
  'standard and zero rate': peppol({ line_items: [line, sampleLine(untaxed)] }),
  'zero rate by its category': peppol({ line_items: [sampleLine({ ...untaxed, tax_category: 'Z' })] }),
  'zero rate because no category is given': peppol({ line_items: [sampleLine(untaxed)] }),
  exempt: peppol({
    line_items: [
      sampleLine({ ...untaxed, tax_category: 'E', tax_exemption_reason: 'Exonération, article 261 du CGI' }),
    ],
  }),
  'exempt by a code': peppol({
    line_items: [sampleLine({ ...untaxed, tax_category: 'E', tax_exemption_reason_code: 'VATEX-EU-132' })],
  }),
  'exempt and standard': peppol({
    line_items: [
      line,
      sampleLine({ ...untaxed, tax_category: 'E', tax_exemption_reason: 'Exonéré' }),
      sampleLine({ ...untaxed, tax_category: 'E', tax_exemption_reason: 'Exonéré' }),
    ],
  }),
  'reverse charge': peppol({
    line_items: [
      sampleLine({
        ...untaxed,
        tax_category: 'AE',
        tax_exemption_reason: 'Autoliquidation',
        tax_exemption_reason_code: 'VATEX-EU-AE',
      }),
    ],
  }),
  'reverse charge to a buyer with a legal registration only': peppol({
    customer: sampleBuyer({ vat_id: null, legal_id: { id: '0123456749', scheme: '0208' } }),
    line_items: [sampleLine({ ...untaxed, tax_category: 'AE', tax_exemption_reason: 'Autoliquidation' })],
  }),
  'intra-community supply': peppol({
    ...delivered,
    line_items: [sampleLine({ ...untaxed, tax_category: 'K', tax_exemption_reason_code: 'VATEX-EU-IC' })],
  }),
  'intra-community supply over a period': peppol({
    delivery: { address: { country: 'BE' } },
    invoice_period: { start_date: '2026-02-01', end_date: '2026-02-28' },
    line_items: [
      sampleLine({
        ...untaxed,
        tax_category: 'K',
        tax_exemption_reason: 'Livraison intracommunautaire',
        period: { start_date: '2026-02-03', end_date: '2026-02-28' },
      }),
    ],
  }),
  export: peppol({
    customer: sampleBuyer({
      name: 'Import AG',
      vat_id: null,
      city: 'Zürich',
      postal_code: '8001',
      country: 'CH',
      endpoint: { id: 'CHE123456788', scheme: '9927' },
    }),
    line_items: [sampleLine({ ...untaxed, tax_category: 'G', tax_exemption_reason_code: 'VATEX-EU-G' })],
  }),
  'not subject to VAT': peppol({
    supplier: sampleSeller({ vat_id: '', legal_id: { id: '123456789', scheme: '0002' } }),
    customer: sampleBuyer({ vat_id: null }),
    line_items: [
      sampleLine({ ...untaxed, tax_category: 'O', tax_exemption_reason: 'Hors du champ de la TVA' }),
    ],
  }),
  'Canary Islands': peppol({
    line_items: [sampleLine({ tax_category: 'L', tax_rate: 7, tax_amount: '7.00' })],
  }),
  'Ceuta and Melilla': peppol({
    line_items: [sampleLine({ tax_category: 'M', tax_rate: 4, tax_amount: '4.00' })],
  }),
  'split payment': peppol({
    country_code: 'IT',
    supplier: {
      name: 'Pasta SRL',
      vat_id: 'IT12345670017',
      address: 'Via Roma 1',
      city: 'Torino',
      postal_code: '10121',
      country: 'IT',
      endpoint: { id: 'IT12345670017', scheme: '0211' },
    },
    customer: sampleBuyer({
      vat_id: 'IT00743110157',
      country: 'IT',
      endpoint: { id: 'ABC123', scheme: '0201' },
    }),
    payment_means: { code: '30', iban: 'IT60X0542811101000000123456' },
    line_items: [sampleLine({ tax_category: 'B', tax_rate: 22, tax_amount: '22.00' })],
  }),
  'allowance and charge on the document': peppol({
    allowances: [
      {
        amount: '10.00',
        base_amount: '100.00',
        percentage: '10',
        reason: 'Remise',
        reason_code: '95',
        tax_rate: 20,
      },
    ],
    charges: [{ amount: '7.50', reason: 'Transport', reason_code: 'FC', tax_rate: 20 }],
  }),
  'charge at a rate of its own': peppol({ charges: [{ amount: '7.50', reason: 'Livres', tax_rate: 5.5 }] }),
  'allowance on an exempt line': peppol({
    line_items: [sampleLine({ ...untaxed, tax_category: 'E', tax_exemption_reason: 'Exonéré' })],
    allowances: [{ amount: '1.00', reason: 'Remise', tax_rate: 0, tax_category: 'E' }],
  }),
  'allowance and charge on a line': peppol({
    line_items: [
      sampleLine({
        line_total: '97.00',
        tax_amount: '19.40',
        allowances: [{ amount: '5.00', base_amount: '100.00', percentage: '5', reason_code: '95' }],
        charges: [{ amount: '2.00', reason: 'Emballage' }],
      }),
    ],
  }),
  'price for a hundred pieces, with a discount': peppol({
    line_items: [
      sampleLine({
        quantity: 250,
        unit_code: 'H87',
        unit_price: '4.00',
        gross_price: '4.50',
        base_quantity: 100,
        line_total: '10.00',
        tax_amount: '2.00',
        note: 'Prix de janvier',
        seller_item_id: 'B-30',
        standard_item_id: { id: '4012345678901', scheme: '0160' },
        purchase_order_line: '3',
      }),
    ],
    purchase_order_reference: 'C-4711',
    contract_reference: 'K-1',
    note: 'Merci de votre commande',
  }),
  'hours with fractions and a price of four decimals': peppol({
    line_items: [
      sampleLine({
        quantity: 7.25,
        unit_code: 'HUR',
        unit_price: '83.3333',
        line_total: '604.17',
        tax_amount: '120.83',
      }),
    ],
  }),
  rounding: peppol({
    line_items: Array.from({ length: 3 }, () =>
      sampleLine({ quantity: 1, unit_price: '0.33', line_total: '0.33', tax_amount: '0.07' }),
    ),
  }),
  'half a cent': peppol({
    line_items: [
      sampleLine({ quantity: 1, unit_price: '0.10', tax_rate: 5, line_total: '0.1', tax_amount: '0.005' }),
    ],
  }),
  'amounts with more zeros than the currency has decimals': peppol({
    line_items: [sampleLine({ line_total: '100.0000', tax_amount: '20.0000' })],
  }),
  'prepaid and rounded': peppol({ prepaid_amount: '50.00', rounding_amount: '-0.03' }),
  'yen, which have no decimals': peppol({
    currency: 'JPY',
    payment_means: { iban: 'JP-0001-1234567' },
    line_items: [sampleLine({ quantity: 3, unit_price: '333', line_total: '999.00', tax_amount: '199.80' })],
  }),
  'dinars, which have three decimals, where two are enough': peppol({
    currency: 'KWD',
    payment_means: { iban: 'KW81CBKU0000000000001234560101' },
  }),
  'crowns and VAT in euros': peppol({
    currency: 'SEK',
    payment_means: { iban: 'SE4550000000058398257466', code: '30' },
    tax_currency: { code: 'EUR', tax_amount: '1.83' },
  }),
  'credit note': peppol({
    invoice_type_code: '381',
    invoice_number: 'A-2026-001',
    preceding_invoices: [{ invoice_number: 'F-2026-001', issue_date: '2026-03-02' }],
  }),
  'credit note with allowances and a period': peppol({
    invoice_type_code: '381',
    tax_point_date: '2026-02-28',
    note: 'Avoir',
    invoice_period: { start_date: '2026-02-01', end_date: '2026-02-28' },
    purchase_order_reference: 'C-4711',
    contract_reference: 'K-1',
    allowances: [{ amount: '10.00', reason: 'Remise', tax_rate: 20 }],
    payment_terms: 'Remboursement sous 30 jours',
  }),
  'negative invoice': peppol({
    due_date: null,
    line_items: [sampleLine({ quantity: -4, line_total: '-100.00', tax_amount: '-20.00' })],
  }),
  'German invoice': peppol(german),
  'German invoice with a discount for prompt payment': peppol({
    ...german,
    payment_terms: '#SKONTO#TAGE=14#PROZENT=2.00#\n',
  }),
  'German direct debit': peppol({
    ...german,
    payment_means: {
      code: '59',
      mandate: {
        reference: 'M-1',
        creditor_id: 'DE98ZZZ09999999999',
        debited_account: 'DE89370400440532013000',
      },
    },
  }),
  'German card payment': peppol({
    ...german,
    payment_means: { code: '48', card: { number: '123456', network: 'VISA', holder: 'Erika Muster' } },
  }),
  'Dutch invoice': peppol({
    country_code: 'NL',
    supplier: dutchSeller,
    line_items: [sampleLine({ tax_rate: 21, tax_amount: '21.00' })],
  }),
  'Dutch credit note': peppol({
    country_code: 'NL',
    invoice_type_code: '381',
    supplier: dutchSeller,
    payment_means: null,
    due_date: null,
    preceding_invoices: [{ invoice_number: 'F-2026-001' }],
    line_items: [sampleLine({ tax_rate: 21, tax_amount: '21.00' })],
  }),
  'Italian seller': peppol({
    country_code: 'IT',
    supplier: sampleSeller({
      vat_id: 'IT12345670017',
      tax_registration: '12345670017',
      country: 'IT',
      endpoint: { id: 'IT12345670017', scheme: '0211' },
    }),
  }),
  'Swedish seller': peppol({
    supplier: sampleSeller({
      vat_id: 'SE556012579001',
      country: 'SE',
      legal_id: { id: '5560125790', scheme: '0007' },
      tax_registration: 'Godkänd för F-skatt',
      endpoint: { id: '5560125790', scheme: '0007' },
    }),
    line_items: [sampleLine({ tax_rate: 25, tax_amount: '25.00' })],
  }),
  'Danish seller': peppol({
    supplier: sampleSeller({
      vat_id: 'DK12345674',
      country: 'DK',
      legal_id: { id: 'DK12345674', scheme: '0184' },
      endpoint: { id: 'DK12345674', scheme: '0184' },
    }),
    customer: sampleBuyer({
      country: 'DK',
      vat_id: 'DK87654321',
      identifier: { id: '5790000435944', scheme: '0088' },
    }),
    payment_means: { code: '93', iban: '12345678', payment_reference: '71#123456789012345' },
  }),
  'Norwegian seller': peppol({
    supplier: sampleSeller({
      vat_id: 'NO974760673MVA',
      tax_registration: 'Foretaksregisteret',
      country: 'NO',
      endpoint: { id: '974760673', scheme: '0192' },
    }),
  }),
  'Icelandic seller': peppol({
    supplier: sampleSeller({
      vat_id: 'IS12345',
      country: 'IS',
      legal_id: { id: '5501694829', scheme: '0196' },
      endpoint: { id: '5501694829', scheme: '0196' },
    }),
  }),
  'Greek seller outside Greece': peppol({
    invoice_number: '094019245|02/03/2026|1|1.1|A|77',
    supplier: sampleSeller({ vat_id: 'EL094019245', endpoint: { id: '094019245', scheme: '9933' } }),
  }),
  'codes and identifiers with space around them': peppol({
    invoice_type_code: ' 380',
    supplier: sampleSeller({
      vat_id: 'FR32123456789 ',
      endpoint: { id: ' 12345678900012', scheme: '0009 ' },
    }),
    line_items: [sampleLine({ unit_code: ' HUR ', tax_category: 'S ', period: {}, unit_price: '25.00' })],
    invoice_period: { start_date: null },
    payment_means: { code: '30 ', iban: 'FR7630006000011234567890189' },
  }),
  'a price of minus nothing': peppol({
    line_items: [
      line,
      sampleLine({ unit_price: '-0.00', gross_price: '-0', line_total: '0', tax_amount: '0' }),
    ],
  }),
  'seller behind a tax representative': peppol({
    supplier: sampleSeller({ vat_id: '', country: 'US', legal_id: { id: '1-2-3' } }),
    tax_representative: {
      name: 'Fiscal SARL',
      vat_id: 'FR40303265045',
      address: '1 place Bellecour',
      city: 'Lyon',
      postal_code: '69002',
      country: 'FR',
    },
  }),
  'without electronic addresses': plain({
    buyer_reference: null,
    supplier: sampleSeller({ endpoint: null }),
    customer: sampleBuyer({ endpoint: null }),
  }),
  'Greek seller': plain({
    supplier: sampleSeller({
      vat_id: 'EL123456789',
      country: 'GR',
      endpoint: { id: '123456789', scheme: '9933' },
    }),
  }),
  'German invoice without a way to pay': plain({ ...german, payment_means: null }),
  'without due date and terms': nothing({ due_date: null }),
  'dinars, where three decimals are needed': nothing({
    currency: 'KWD',
    line_items: [
      sampleLine({ quantity: 1, unit_price: '10.125', line_total: '10.125', tax_amount: '2.025' }),
    ],
  }),
  'a rate that is none when it is rounded': nothing({
    line_items: [sampleLine({ quantity: 40, line_total: '1000.00', tax_rate: 0.4, tax_amount: '4.00' })],
  }),
  'line totals of four decimals': nothing({
    line_items: [
      sampleLine({ quantity: 1, unit_price: '33.3333', line_total: '33.3333', tax_amount: '6.6667' }),
    ],
  }),
};
