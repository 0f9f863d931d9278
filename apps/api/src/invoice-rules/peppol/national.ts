import Big from 'big.js';
import type { Address, InvoiceDocument, Payment } from '../../invoice-document/document.ts';
import type { Facts } from '../facts.ts';
import { at, type Location, peppol, type Rule } from '../rule.ts';
import { adjustments, lines, ofDocument } from '../walk.ts';
import { isNorwegianOrganization, isSwedishOrganization } from './check-digits.ts';

const isIn = (country: string, ...addresses: readonly Address[]) =>
  addresses.every((address) => address.country === country);
const domestic =
  (country: string) =>
  ({ seller, buyer }: InvoiceDocument) =>
    isIn(country, seller.address, buyer.address);
const sells =
  (country: string) =>
  ({ seller }: InvoiceDocument) =>
    isIn(country, seller.address);

/** A rule for the invoices that `applies` picks. */
const rule =
  (applies: (document: InvoiceDocument, facts: Facts) => boolean) =>
  (id: string, message: string, broken: Rule['broken'], severity: Rule['severity'] = 'fatal'): Rule =>
    peppol(
      id,
      message,
      (document, facts) => (applies(document, facts) ? broken(document, facts) : []),
      severity,
    );

const isNumeric = (text: string) => text.trim() !== '' && !Number.isNaN(Number(text));
const lacks = ({ street, city, postalCode }: Address) => !street || !city || !postalCode;

const norway = rule((_, { sellerCountry }) => sellerCountry === 'NO');
const NORWAY: readonly Rule[] = [
  norway(
    'NO-R-001',
    'Norwegian VAT identifiers are NO, nine digits with their check digit and MVA',
    ({ seller }) => {
      const id = seller.vatId ?? '';
      const isRight = /^NO\d{9}MVA$/.test(id) && isNorwegianOrganization(id.slice(2, 11));
      return at('supplier.vat_id', id.startsWith('NO') && !isRight);
    },
  ),
  norway(
    'NO-R-002',
    'Norwegian companies say Foretaksregisteret',
    ({ seller }) => at('supplier.tax_registration', seller.taxRegistration?.trim() !== 'Foretaksregisteret'),
    'warning',
  ),
];

const denmark = rule(sells('DK'));
const danes = rule(domestic('DK'));
const danesInvoices = rule((document) => domestic('DK')(document) && document.kind === 'invoice');
const DANISH_PAYMENT_MEANS = new Set(['1', '10', '31', '42', '48', '49', '50', '58', '59', '93', '97']);
/** A rule for payment means of one of these codes. */
const paidBy =
  (codes: readonly string[], location: string, isBroken: (payment: Payment) => boolean): Rule['broken'] =>
  ({ payment }) =>
    at(
      `payment_means.${location}`,
      payment !== undefined && codes.includes(payment.code ?? '') && isBroken(payment),
    );
const hasReference = ({ reference }: Payment, ...prefixes: readonly string[]) =>
  prefixes.includes(reference?.slice(0, 3) ?? '');
const DENMARK: readonly Rule[] = [
  denmark('DK-R-002', 'Danish suppliers give their legal registration (CVR)', ({ seller }) =>
    at('supplier.legal_id', seller.legalId === undefined),
  ),
  danes(
    'DK-R-004',
    'A Danish charge with the reason ZZZ has the four digits of its tax, or a text with # inside, as its reason',
    (document) =>
      (['allowances', 'charges'] as const).flatMap((kind) =>
        adjustments(
          document,
          kind,
          'reason',
          ({ reason = '', reasonCode }) =>
            reasonCode === 'ZZZ' && !/^(\s*\d{4}\s*|[^#].*#.*[^#])$/s.test(reason),
        ),
      ),
  ),
  danesInvoices(
    'DK-R-005',
    'Danish payment means are 1, 10, 31, 42, 48, 49, 50, 58, 59, 93 and 97',
    ({ payment }) =>
      at('payment_means.code', payment !== undefined && !DANISH_PAYMENT_MEANS.has(payment.code ?? '')),
  ),
  danesInvoices(
    'DK-R-006',
    'Danish payment means 31 and 42 name account and bank',
    paidBy(['31', '42'], 'iban', ({ account }) => !account.id || !account.bic),
  ),
  danesInvoices(
    'DK-R-007',
    'Danish payment means 49 has a mandate reference and the account debited',
    paidBy(['49'], 'mandate', ({ mandate }) => !mandate?.reference || !mandate.debitedAccount),
  ),
  danesInvoices(
    'DK-R-008',
    'Danish payment means 50 has a reference that starts with 01#, 04# or 15#, and an account of 7 or 8 digits',
    paidBy(
      ['50'],
      'payment_reference',
      (payment) => !hasReference(payment, '01#', '04#', '15#') || !/^\d{7,8}$/.test(payment.account.id ?? ''),
    ),
  ),
  danesInvoices(
    'DK-R-009',
    'Danish references 04# and 15# go on with 16 digits',
    paidBy(
      ['50'],
      'payment_reference',
      (payment) => hasReference(payment, '04#', '15#') && payment.reference?.length !== 19,
    ),
  ),
  danesInvoices(
    'DK-R-010',
    'Danish payment means 93 has a reference that starts with 71#, 73# or 75#, and an account of 8 characters',
    paidBy(
      ['93'],
      'payment_reference',
      (payment) => !hasReference(payment, '71#', '73#', '75#') || payment.account.id?.length !== 8,
    ),
  ),
  danesInvoices(
    'DK-R-011',
    'Danish references 71# and 75# go on with 15 or 16 digits',
    paidBy(
      ['93'],
      'payment_reference',
      (payment) => hasReference(payment, '71#', '75#') && ![18, 19].includes(payment.reference?.length ?? 0),
    ),
  ),
  danes('DK-R-013', 'Danish identifiers of parties have a scheme', ({ seller, buyer }) => [
    ...at('supplier.identifier.scheme', seller.identifier !== undefined && !seller.identifier.scheme),
    ...at('customer.identifier.scheme', buyer.identifier !== undefined && !buyer.identifier.scheme),
  ]),
  denmark('DK-R-014', 'Danish legal registrations are of the scheme 0184', ({ seller }) =>
    at('supplier.legal_id.scheme', seller.legalId !== undefined && seller.legalId.scheme !== '0184'),
  ),
  danes('DK-R-016', 'A Danish credit note has no negative total', ({ kind, totals }) =>
    at('line_items', kind === 'credit note' && new Big(totals.payable).lt(0)),
  ),
];

const italy = rule((_, { sellerCountry }) => sellerCountry === 'IT');
const ITALY: readonly Rule[] = [
  italy('IT-R-001', 'An Italian tax registration has 11 to 16 capitals and digits', ({ seller }) =>
    at(
      'supplier.tax_registration',
      seller.taxRegistration !== undefined && !/^[A-Z0-9]{11,16}$/.test(seller.taxRegistration.trim()),
    ),
  ),
  italy('IT-R-002', 'Italian suppliers give their street', ({ seller }) =>
    at('supplier.address', seller.address.street === undefined),
  ),
  italy('IT-R-003', 'Italian suppliers give their city', ({ seller }) =>
    at('supplier.city', seller.address.city === undefined),
  ),
  italy('IT-R-004', 'Italian suppliers give their postal code', ({ seller }) =>
    at('supplier.postal_code', seller.address.postalCode === undefined),
  ),
];

const sweden = rule(sells('SE'));
const swedishVat = rule(
  (document) => sells('SE')(document) && document.seller.vatId?.startsWith('SE') === true,
);
const swedes = rule(domestic('SE'));
const SWEDISH_RATES = ['6', '12', '25'];
const isNotSwedishRate = ({ category, rate }: { category: string; rate: string | undefined }) =>
  category === 'S' && !SWEDISH_RATES.some((each) => new Big(rate ?? 0).eq(each));
const swedishGiro = (bank: string, location: string, isBroken: (account: string) => boolean) =>
  paidBy(['30'], location, ({ account }) => account.bic === bank && isBroken(account.id?.trim() ?? ''));
const ofSwedishLegalId =
  (isRight: (id: string) => boolean): Rule['broken'] =>
  ({ seller }) =>
    at('supplier.legal_id', seller.legalId !== undefined && !isRight(seller.legalId.id.trim()));
const SWEDEN: readonly Rule[] = [
  swedishVat('SE-R-001', 'Swedish VAT identifiers have 14 characters', ({ seller }) =>
    at('supplier.vat_id', seller.vatId?.trim().length !== 14),
  ),
  swedishVat('SE-R-002', 'Swedish VAT identifiers are SE and digits', ({ seller }) =>
    at('supplier.vat_id', !isNumeric(seller.vatId?.slice(2, 14) ?? '')),
  ),
  sweden('SE-R-003', 'Swedish organization numbers are digits', ofSwedishLegalId(isNumeric)),
  sweden(
    'SE-R-004',
    'Swedish organization numbers have 10 digits',
    ofSwedishLegalId((id) => id.length === 10),
  ),
  sweden('SE-R-005', 'A Swedish tax registration says GODKÄND FÖR F-SKATT', ({ seller }) =>
    at(
      'supplier.tax_registration',
      seller.legalId !== undefined &&
        seller.taxRegistration !== undefined &&
        seller.taxRegistration.trim().toUpperCase() !== 'GODKÄND FÖR F-SKATT',
    ),
  ),
  swedishVat('SE-R-006', 'Swedish standard rates are 6, 12 and 25', function* (document) {
    yield* lines(document, 'tax_rate', isNotSwedishRate);
    yield* ofDocument(document, 'allowances', 'tax_rate', isNotSwedishRate);
    yield* ofDocument(document, 'charges', 'tax_rate', isNotSwedishRate);
  }),
  sweden(
    'SE-R-007',
    'A Plusgiro account is a number',
    swedishGiro('SE:PLUSGIRO', 'iban', (id) => !isNumeric(id)),
    'warning',
  ),
  sweden(
    'SE-R-008',
    'A Bankgiro account is a number',
    swedishGiro('SE:BANKGIRO', 'iban', (id) => !isNumeric(id)),
    'warning',
  ),
  sweden(
    'SE-R-009',
    'A Bankgiro account has 7 or 8 characters',
    swedishGiro('SE:BANKGIRO', 'iban', ({ length }) => length < 7 || length > 8),
    'warning',
  ),
  sweden(
    'SE-R-010',
    'A Plusgiro account has 2 to 8 characters',
    swedishGiro('SE:PLUSGIRO', 'iban', ({ length }) => length < 2 || length > 8),
    'warning',
  ),
  sweden(
    'SE-R-011',
    'Bankgiro and Plusgiro are payment means 30 with SE:BANKGIRO or SE:PLUSGIRO as bank',
    paidBy(['50', '56'], 'code', () => true),
    'warning',
  ),
  swedes(
    'SE-R-012',
    'Swedish credit transfers are payment means 30',
    paidBy(['31'], 'code', () => true),
    'warning',
  ),
  sweden(
    'SE-R-013',
    'Swedish organization numbers have their check digit',
    ofSwedishLegalId(isSwedishOrganization),
  ),
];

const iceland = rule(sells('IS'));
const icelanders = rule(domestic('IS'));
const hasIcelandicId = ({ legalId }: InvoiceDocument['seller']) => legalId?.scheme === '0196';
const ICELAND: readonly Rule[] = [
  iceland(
    'IS-R-001',
    'Icelandic invoices are of the types 380 and 381',
    ({ typeCode }) => at('invoice_type_code', typeCode !== '380' && typeCode !== '381'),
    'warning',
  ),
  iceland('IS-R-002', 'Icelandic suppliers give their legal registration (0196)', ({ seller }) =>
    at('supplier.legal_id', !hasIcelandicId(seller)),
  ),
  iceland('IS-R-003', 'Icelandic suppliers give street and postal code', ({ seller }) =>
    at('supplier.address', !seller.address.street || !seller.address.postalCode),
  ),
  icelanders('IS-R-004', 'Icelandic buyers have their legal registration (0196)', ({ buyer }) =>
    at('customer.legal_id', !hasIcelandicId(buyer)),
  ),
  icelanders('IS-R-005', 'Icelandic buyers have street and postal code', ({ buyer }) =>
    at('customer.address', !buyer.address.street || !buyer.address.postalCode),
  ),
  iceland(
    'IS-R-006',
    'Icelandic payment means 9 has an account of 12 digits',
    paidBy(['9'], 'iban', ({ account }) => account.id?.trim().length !== 12),
  ),
  iceland(
    'IS-R-007',
    'Icelandic payment means 42 has an account of 12 digits',
    paidBy(['42'], 'iban', ({ account }) => account.id?.trim().length !== 12),
  ),
];

const netherlands = rule(sells('NL'));
const dutch = rule(domestic('NL'));
const DUTCH_PAYMENT_MEANS = new Set(['30', '48', '49', '57', '58', '59']);
const hasOtherThanDutchId = ({ legalId }: InvoiceDocument['seller']) =>
  legalId !== undefined && legalId.scheme !== '0106' && legalId.scheme !== '0190';
const NETHERLANDS: readonly Rule[] = [
  netherlands('NL-R-001', 'A Dutch credit note refers to the preceding invoice', ({ kind, preceding }) =>
    at('preceding_invoices', kind === 'credit note' && !preceding.some(({ number }) => number !== undefined)),
  ),
  netherlands('NL-R-002', 'Dutch suppliers give street, city and postal code', ({ seller }) =>
    at('supplier.address', lacks(seller.address)),
  ),
  netherlands('NL-R-003', 'A Dutch legal registration is a KVK or OIN number (0106 or 0190)', ({ seller }) =>
    at('supplier.legal_id.scheme', hasOtherThanDutchId(seller)),
  ),
  dutch('NL-R-004', 'Dutch buyers have street, city and postal code', ({ buyer }) =>
    at('customer.address', lacks(buyer.address)),
  ),
  dutch('NL-R-005', "A Dutch buyer's legal registration is a KVK or OIN number (0106 or 0190)", ({ buyer }) =>
    at('customer.legal_id.scheme', hasOtherThanDutchId(buyer)),
  ),
  netherlands(
    'NL-R-006',
    'Dutch tax representatives have street, city and postal code',
    ({ taxRepresentative }) =>
      at(
        'tax_representative.address',
        taxRepresentative !== undefined &&
          isIn('NL', taxRepresentative.address) &&
          lacks(taxRepresentative.address),
      ),
  ),
  netherlands('NL-R-007', 'Dutch suppliers say how they are to be paid', ({ kind, totals, payment }) =>
    at(
      'payment_means',
      payment === undefined &&
        (kind === 'invoice' ? new Big(totals.payable).gt(0) : new Big(totals.payable).lt(0)),
    ),
  ),
  dutch('NL-R-008', 'Dutch payment means are 30, 48, 49, 57, 58 and 59', ({ payment }) =>
    at('payment_means.code', payment !== undefined && !DUTCH_PAYMENT_MEANS.has(payment.code?.trim() ?? '')),
  ),
  netherlands('NL-R-009', 'With the line of a purchase order goes its reference', (document) =>
    lines(
      document,
      'purchase_order_line',
      ({ orderLine }) => orderLine !== undefined && document.purchaseOrder === undefined,
    ),
  ),
];

const germany = rule(domestic('DE'));
const hasContact = ({ seller: { contact } }: InvoiceDocument) =>
  Boolean(contact.name ?? contact.phone ?? contact.email);
const germanContact = rule((document) => domestic('DE')(document) && hasContact(document));
const GERMAN_TYPES = new Set(['326', '380', '384', '389', '381', '875', '876', '877']);
const SKONTO = /^#(SKONTO)#TAGE=(\d+#PROZENT=\d+\.\d{2})(#BASISBETRAG=-?\d+\.\d{2})?#$/;
const EMAIL =
  /^[a-zA-Z0-9!#$%&"*+/=?^_`{|}~-]+(\.[a-zA-Z0-9!#$%&"*+/=?^_`{|}~-]+)*@([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/;

/** ISO 13616: the characters as digits, the first four behind the others, are 1 modulo 97. */
function isIban(text: string): boolean {
  const iban = text.replaceAll(/\s/g, '');
  if (!/^[A-Z]{2}\d{2}[a-zA-Z0-9]{0,30}$/.test(iban)) return false;
  const digits = [...(iban.slice(4) + iban.slice(0, 4)).toUpperCase()].map((character) =>
    Number.parseInt(character, 36),
  );
  return BigInt(digits.join('')) % 97n === 1n;
}

/** Discounts in payment terms are lines such as #SKONTO#TAGE=14#PROZENT=2.00#, each ended by a line break. */
function hasWrongSkonto(terms: string): boolean {
  const discounts = terms.split(/\r?\n/).filter((row) => row.trim().startsWith('#'));
  return (
    discounts.some((row) => !SKONTO.test(row.trim())) || (discounts.length > 0 && !/#\s*\n[^#]*$/.test(terms))
  );
}

const within = (location: string, value: string | undefined): readonly Location[] =>
  at(location, value === undefined);
const CREDIT_TRANSFERS = ['30', '58'];
const CARDS = ['48', '54', '55'];
const SEPA_DIRECT_DEBIT = ['59'];
/** Whether the document has these groups: they are left out where they would hold nothing. */
const hasMandate = ({ mandate }: Payment) => Boolean(mandate?.reference ?? mandate?.debitedAccount);
const hasAccount = ({ account }: Payment) => Boolean(account.id ?? account.name ?? account.bic);
const GERMANY: readonly Rule[] = [
  germany('DE-R-001', 'German invoices say how they are to be paid', ({ payment }) =>
    at('payment_means', payment === undefined),
  ),
  germany('DE-R-002', 'German suppliers give a contact', (document) =>
    at('supplier.contact_name', !hasContact(document)),
  ),
  germany('DE-R-003', 'German suppliers give their city', ({ seller }) =>
    within('supplier.city', seller.address.city),
  ),
  germany('DE-R-004', 'German suppliers give their postal code', ({ seller }) =>
    within('supplier.postal_code', seller.address.postalCode),
  ),
  germanContact('DE-R-005', "A German supplier's contact has a name", ({ seller }) =>
    within('supplier.contact_name', seller.contact.name),
  ),
  germanContact('DE-R-006', "A German supplier's contact has a telephone number", ({ seller }) =>
    within('supplier.phone', seller.contact.phone),
  ),
  germanContact('DE-R-007', "A German supplier's contact has an email address", ({ seller }) =>
    within('supplier.email', seller.contact.email),
  ),
  germany('DE-R-008', 'German buyers have a city', ({ buyer }) =>
    within('customer.city', buyer.address.city),
  ),
  germany('DE-R-009', 'German buyers have a postal code', ({ buyer }) =>
    within('customer.postal_code', buyer.address.postalCode),
  ),
  germany('DE-R-010', 'The address delivered to has a city', ({ delivery }) =>
    at('delivery.address.city', delivery?.address !== undefined && !delivery.address.city),
  ),
  germany('DE-R-011', 'The address delivered to has a postal code', ({ delivery }) =>
    at('delivery.address.postal_code', delivery?.address !== undefined && !delivery.address.postalCode),
  ),
  germany('DE-R-014', 'Each VAT category has a rate', ({ breakdown }) =>
    at(
      'line_items',
      breakdown.some(({ rate }) => rate === undefined),
    ),
  ),
  germany('DE-R-015', 'German invoices have a buyer reference', ({ buyerReference }) =>
    within('buyer_reference', buyerReference),
  ),
  germany(
    'DE-R-016',
    'German suppliers have a VAT identifier, a tax registration or a tax representative',
    ({ seller, taxRepresentative, breakdown }) =>
      at(
        'supplier.vat_id',
        !seller.vatId &&
          !seller.taxRegistration &&
          !taxRepresentative &&
          breakdown.some(({ category }) => category !== 'O' && category !== 'B'),
      ),
  ),
  germany(
    'DE-R-017',
    'German documents are of the types 326, 380, 381, 384, 389, 875, 876 and 877',
    ({ typeCode }) => at('invoice_type_code', !GERMAN_TYPES.has(typeCode)),
    'warning',
  ),
  germany(
    'DE-R-018',
    'Discounts are lines such as #SKONTO#TAGE=14#PROZENT=2.00# in the payment terms',
    ({ paymentTerms }) => at('payment_terms', paymentTerms !== undefined && hasWrongSkonto(paymentTerms)),
  ),
  germany(
    'DE-R-019',
    'The account of a SEPA credit transfer (58) is an IBAN',
    paidBy(['58'], 'iban', ({ account }) => !isIban(account.id ?? '')),
    'warning',
  ),
  germany(
    'DE-R-020',
    'The account debited by SEPA (59) is an IBAN',
    paidBy(
      SEPA_DIRECT_DEBIT,
      'mandate.debited_account',
      ({ mandate }) => !isIban(mandate?.debitedAccount ?? ''),
    ),
    'warning',
  ),
  germany(
    'DE-R-023-1',
    'A credit transfer (30, 58) has an account',
    paidBy(CREDIT_TRANSFERS, 'iban', (payment) => !hasAccount(payment)),
  ),
  germany(
    'DE-R-023-2',
    'A credit transfer (30, 58) has no card and no mandate',
    paidBy(CREDIT_TRANSFERS, 'code', (payment) => Boolean(payment.card) || hasMandate(payment)),
  ),
  germany(
    'DE-R-024-1',
    'A card payment (48, 54, 55) has a card',
    paidBy(CARDS, 'card', ({ card }) => !card),
  ),
  germany(
    'DE-R-024-2',
    'A card payment (48, 54, 55) has no account and no mandate',
    paidBy(CARDS, 'code', (payment) => hasAccount(payment) || hasMandate(payment)),
  ),
  germany(
    'DE-R-025-1',
    'A direct debit (59) has a mandate',
    paidBy(SEPA_DIRECT_DEBIT, 'mandate', (payment) => !hasMandate(payment)),
  ),
  germany(
    'DE-R-025-2',
    'A direct debit (59) has no account and no card',
    paidBy(SEPA_DIRECT_DEBIT, 'code', (payment) => hasAccount(payment) || Boolean(payment.card)),
  ),
  germany(
    'DE-R-026',
    'A corrected invoice (384) refers to the preceding one',
    ({ typeCode, preceding }) => at('preceding_invoices', typeCode === '384' && preceding.length === 0),
    'warning',
  ),
  germanContact(
    'DE-R-027',
    'A telephone number has three digits at least',
    ({ seller }) => at('supplier.phone', (seller.contact.phone?.match(/\d/g)?.length ?? 0) < 3),
    'warning',
  ),
  germanContact(
    'DE-R-028',
    'An email address has its form',
    ({ seller }) => at('supplier.email', !EMAIL.test(seller.contact.email?.trim() ?? '')),
    'warning',
  ),
  germany('DE-R-030', 'A direct debit names the creditor', ({ payment }) =>
    at(
      'payment_means.mandate.creditor_id',
      payment !== undefined && hasMandate(payment) && !payment.mandate?.creditorId,
    ),
  ),
  germany('DE-R-031', 'A direct debit names the account debited', ({ payment }) =>
    at(
      'payment_means.mandate.debited_account',
      payment !== undefined && hasMandate(payment) && !payment.mandate?.debitedAccount,
    ),
  ),
];

const greece = rule((_, { sellerCountry }) => sellerCountry === 'GR' || sellerCountry === 'EL');
const GREECE: readonly Rule[] = [
  greece('GR-R-004-1', 'Greek invoices carry a mark of myDATA, which these documents cannot', () => [
    'supplier.country',
  ]),
];

/** What Peppol's rules are for one country. */
export const NATIONAL_RULES: readonly Rule[] = [
  ...GERMANY,
  ...NETHERLANDS,
  ...ITALY,
  ...SWEDEN,
  ...DENMARK,
  ...NORWAY,
  ...ICELAND,
  ...GREECE,
];
