import type { InvoiceDocument, Payment } from '../../../invoice-document/document.ts';
import { at, type Location, type Rule } from '../../rule.ts';
import { domestic, paidBy, rule } from './pick.ts';

const germany = rule(domestic('DE'));
const hasContact = ({ seller: { contact } }: InvoiceDocument) =>
  Boolean(contact.name ?? contact.phone ?? contact.email);
const germanContact = rule((document) => domestic('DE')(document) && hasContact(document));
const GERMAN_TYPES = new Set(['326', '380', '384', '389', '381', '875', '876', '877']);
const SKONTO = /#SKONTO#TAGE=\d+#PROZENT=\d+\.\d{2}(#BASISBETRAG=-?\d+\.\d{2})?#$/;
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
  const rows = terms.split(/\r?\n/).map((row) => row.trim().replaceAll(/\s+/g, ' '));
  const discounts = rows.filter((row) => row.startsWith('#'));
  if (discounts.length === 0) return false;
  const behindTheLast = terms.split(/#.+#/).at(-1) ?? '';
  return discounts.some((row) => !SKONTO.test(row)) || !/^\s*\n/.test(behindTheLast);
}

const within = (location: string, value: string | undefined): readonly Location[] =>
  at(location, value === undefined);
const CREDIT_TRANSFERS = ['30', '58'];
const CARDS = ['48', '54', '55'];
const SEPA_DIRECT_DEBIT = ['59'];
/** Whether the document has these groups: they are left out where they would hold nothing. */
const hasMandate = ({ mandate }: Payment) => Boolean(mandate?.reference ?? mandate?.debitedAccount);
const hasAccount = ({ account }: Payment) => Boolean(account.id ?? account.name ?? account.bic);
export const GERMANY: readonly Rule[] = [
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
