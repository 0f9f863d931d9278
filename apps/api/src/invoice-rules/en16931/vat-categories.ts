import Big from 'big.js';
import type { InvoiceDocument, VatCategory, VatGroup } from '../../invoice-document/document.ts';
import type { Facts } from '../facts.ts';
import { at, en16931, type Location, type Rule, type RuleGroup } from '../rule.ts';
import { lines, ofDocument } from '../walk.ts';

/** What the standard says of one VAT category. */
interface Category {
  /** UNTDID 5305. */
  readonly code: string;
  /** What the ids of its rules begin with. */
  readonly rules: string;
  readonly name: string;
  /** Which of the parties' identifiers there must be, or must not be. */
  readonly identifiers: 'seller' | 'seller and buyer' | 'seller VAT' | 'seller VAT and buyer VAT' | 'no VAT';
  readonly rate: 'positive' | 'zero' | 'not negative' | 'none';
  /** One group in the breakdown, or one for each rate. */
  readonly groups: 'one' | 'by rate';
  readonly exemptionReason: 'required' | 'forbidden';
}

const CATEGORIES: readonly Category[] = [
  {
    code: 'S',
    rules: 'BR-S',
    name: 'Standard rate',
    identifiers: 'seller',
    rate: 'positive',
    groups: 'by rate',
    exemptionReason: 'forbidden',
  },
  {
    code: 'Z',
    rules: 'BR-Z',
    name: 'Zero rated',
    identifiers: 'seller',
    rate: 'zero',
    groups: 'one',
    exemptionReason: 'forbidden',
  },
  {
    code: 'E',
    rules: 'BR-E',
    name: 'Exempt',
    identifiers: 'seller',
    rate: 'zero',
    groups: 'one',
    exemptionReason: 'required',
  },
  {
    code: 'AE',
    rules: 'BR-AE',
    name: 'Reverse charge',
    identifiers: 'seller and buyer',
    rate: 'zero',
    groups: 'one',
    exemptionReason: 'required',
  },
  {
    code: 'K',
    rules: 'BR-IC',
    name: 'Intra-community supply',
    identifiers: 'seller VAT and buyer VAT',
    rate: 'zero',
    groups: 'one',
    exemptionReason: 'required',
  },
  {
    code: 'G',
    rules: 'BR-G',
    name: 'Export',
    identifiers: 'seller VAT',
    rate: 'zero',
    groups: 'one',
    exemptionReason: 'required',
  },
  {
    code: 'O',
    rules: 'BR-O',
    name: 'Not subject to VAT',
    identifiers: 'no VAT',
    rate: 'none',
    groups: 'one',
    exemptionReason: 'required',
  },
  {
    code: 'L',
    rules: 'BR-AF',
    name: 'IGIC',
    identifiers: 'seller',
    rate: 'not negative',
    groups: 'by rate',
    exemptionReason: 'forbidden',
  },
  {
    code: 'M',
    rules: 'BR-AG',
    name: 'IPSI',
    identifiers: 'seller',
    rate: 'not negative',
    groups: 'by rate',
    exemptionReason: 'forbidden',
  },
];

const IDENTIFIERS: Record<
  Category['identifiers'],
  readonly [message: string, broken: (document: InvoiceDocument) => boolean]
> = {
  seller: [
    'need a VAT identifier or a tax registration of the seller, or a tax representative',
    (document) => !hasSellerId(document),
  ],
  'seller and buyer': [
    'need a VAT identifier or a tax registration of the seller (or a tax representative), and a VAT identifier or a legal registration of the buyer',
    (document) => !hasSellerId(document) || !(document.buyer.vatId ?? document.buyer.legalId),
  ],
  'seller VAT': [
    'need a VAT identifier of the seller or a tax representative',
    (document) => !hasSellerVatId(document),
  ],
  'seller VAT and buyer VAT': [
    'need a VAT identifier of the seller (or a tax representative) and one of the buyer',
    (document) => !hasSellerVatId(document) || !document.buyer.vatId,
  ],
  'no VAT': [
    'go with no VAT identifier of seller, tax representative or buyer',
    (document) => hasSellerVatId(document) || Boolean(document.buyer.vatId),
  ],
};

function hasSellerVatId({ seller, taxRepresentative }: InvoiceDocument): boolean {
  return Boolean(seller.vatId ?? taxRepresentative?.vatId);
}

function hasSellerId(document: InvoiceDocument): boolean {
  return hasSellerVatId(document) || Boolean(document.seller.taxRegistration);
}

const RATES: Record<
  Category['rate'],
  readonly [message: string, broken: (rate: string | undefined) => boolean]
> = {
  positive: ['a rate above zero', (rate) => rate === undefined || new Big(rate).lte(0)],
  zero: ['the rate zero', (rate) => rate === undefined || !new Big(rate).eq(0)],
  'not negative': ['a rate of zero or above', (rate) => rate === undefined || new Big(rate).lt(0)],
  none: ['no rate', (rate) => rate !== undefined],
};

/** What may lie between a group's taxable amount and the sum of its parts, where a category has several rates. */
const TOLERANCE = 1;

const KINDS = [
  ['lines', 'lineCategories', 'line_items'],
  ['allowances', 'allowanceCategories', 'allowances'],
  ['charges', 'chargeCategories', 'charges'],
] as const;

/** The rules 01 to 10, which each category has. */
function rulesOf(category: Category): Rule[] {
  const { code, name } = category;
  const rule = (number: number, message: string, broken: Rule['broken']) =>
    en16931(`${category.rules}-${String(number).padStart(2, '0')}`, `${name} (${code}): ${message}`, broken);
  const is = (taxed: VatCategory) => taxed.category === code;
  const [identifiersMessage, lacksIdentifiers] = IDENTIFIERS[category.identifiers];
  const [rateMessage, hasWrongRate] = RATES[category.rate];
  const isWrong = (taxed: VatCategory) => is(taxed) && hasWrongRate(taxed.rate);
  const isZeroTax = category.rate === 'zero' || category.rate === 'none';

  return [
    rule(
      1,
      category.groups === 'one'
        ? 'all of it is one group of the VAT breakdown, with one reason'
        : 'it is in the VAT breakdown',
      (_, facts) => at('line_items', !hasItsGroups(category, facts)),
    ),
    ...KINDS.map(([kind, categories, location], index) =>
      rule(2 + index, `${kind} ${identifiersMessage}`, (document, facts) =>
        at(location, facts[categories].has(code) && lacksIdentifiers(document)),
      ),
    ),
    rule(5, `lines have ${rateMessage}`, (document) => lines(document, 'tax_rate', isWrong)),
    rule(6, `allowances have ${rateMessage}`, (document) =>
      ofDocument(document, 'allowances', 'tax_rate', isWrong),
    ),
    rule(7, `charges have ${rateMessage}`, (document) =>
      ofDocument(document, 'charges', 'tax_rate', isWrong),
    ),
    rule(8, 'the taxable amount is the sum of lines and charges less allowances', (_, facts) =>
      (facts.groups.get(code) ?? []).flatMap((group) => {
        const wanted = category.groups === 'one' ? facts.taxableOf(code) : facts.taxableAt(group);
        const difference = wanted.minus(group.taxable).abs();
        return at('line_items', category.groups === 'one' ? difference.gt(0) : difference.gte(TOLERANCE));
      }),
    ),
    rule(9, isZeroTax ? 'the VAT is zero' : 'the VAT is the taxable amount at its rate', (_, facts) =>
      (facts.groups.get(code) ?? []).flatMap((group) =>
        at('line_items', isZeroTax ? !new Big(group.tax).eq(0) : isNotTaxAtRate(group)),
      ),
    ),
    rule(
      10,
      category.exemptionReason === 'required'
        ? 'says why there is no VAT, by a reason or its code'
        : 'gives no reason for an exemption',
      (_, facts) =>
        (facts.groups.get(code) ?? []).flatMap(({ exemptionReason, exemptionCode }) =>
          at(
            'line_items',
            (exemptionReason ?? exemptionCode) === undefined
              ? category.exemptionReason === 'required'
              : category.exemptionReason === 'forbidden',
          ),
        ),
    ),
  ];
}

const isUsed = ({ code }: Category, facts: Facts): boolean =>
  facts.lineCategories.has(code) || facts.allowanceCategories.has(code) || facts.chargeCategories.has(code);

function hasItsGroups(category: Category, facts: Facts): boolean {
  const count = facts.groups.get(category.code)?.length ?? 0;
  if (!isUsed(category, facts)) return count === 0;
  return category.groups === 'one' ? count === 1 : count > 0;
}

/** Whether the tax is off from the taxable amount times the rate, whatever the signs of both amounts. */
export function isNotTaxAtRate({ tax, taxable, rate }: VatGroup): boolean {
  const wanted = new Big(taxable)
    .abs()
    .times(rate ?? 0)
    .times('0.01');
  return wanted.round(2, Big.roundHalfUp).minus(new Big(tax).abs()).abs().gte(TOLERANCE);
}

const usesOnly = (code: string, categories: ReadonlySet<string>) =>
  [...categories].every((category) => category === code);

/** What only one category has. */
const OWN_RULES: readonly Rule[] = [
  en16931(
    'BR-IC-11',
    'Intra-community supply (K): has a delivery date or an invoicing period',
    ({ delivery, period }, facts) =>
      at(
        'delivery.date',
        facts.groups.has('K') && delivery?.date === undefined && !(period?.start ?? period?.end),
      ),
  ),
  en16931(
    'BR-IC-12',
    'Intra-community supply (K): names the country that was delivered to',
    ({ delivery }, facts) =>
      at('delivery.address.country', facts.groups.has('K') && !delivery?.address?.country.trim()),
  ),
  en16931('BR-O-11', 'Not subject to VAT (O): is the only group of the VAT breakdown', (_, facts) =>
    at('line_items', facts.groups.has('O') && !usesOnly('O', new Set(facts.groups.keys()))),
  ),
  en16931('BR-O-12', 'Not subject to VAT (O): goes with no line of another category', (_, facts) =>
    at('line_items', facts.groups.has('O') && !usesOnly('O', facts.lineCategories)),
  ),
  en16931('BR-O-13', 'Not subject to VAT (O): goes with no allowance of another category', (_, facts) =>
    at('allowances', facts.groups.has('O') && !usesOnly('O', facts.allowanceCategories)),
  ),
  en16931('BR-O-14', 'Not subject to VAT (O): goes with no charge of another category', (_, facts) =>
    at('charges', facts.groups.has('O') && !usesOnly('O', facts.chargeCategories)),
  ),
  en16931('BR-B-01', 'Split payment (B): is for Italian invoices only', (document, facts) =>
    facts.groups.has('B') ? otherCountries(document) : [],
  ),
  en16931('BR-B-02', 'Split payment (B): does not go with the standard rate', (_, facts) =>
    at('line_items', facts.groups.has('B') && facts.groups.has('S')),
  ),
];

function otherCountries({ seller, buyer, taxRepresentative, delivery }: InvoiceDocument): Location[] {
  return [
    ...at('supplier.country', seller.address.country !== 'IT'),
    ...at('customer.country', buyer.address.country !== 'IT'),
    ...at(
      'tax_representative.country',
      taxRepresentative !== undefined && taxRepresentative.address.country !== 'IT',
    ),
    ...at('delivery.address.country', delivery?.address !== undefined && delivery.address.country !== 'IT'),
  ];
}

/** The rules of the VAT categories (BR-S-… to BR-AG-…). */
export const VAT_CATEGORY_GROUPS: readonly RuleGroup[] = [
  ...CATEGORIES.map((category) => ({
    concerns: (_: InvoiceDocument, facts: Facts) =>
      isUsed(category, facts) || facts.groups.has(category.code),
    rules: rulesOf(category),
  })),
  { rules: OWN_RULES },
];
