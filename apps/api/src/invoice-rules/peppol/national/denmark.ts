import Big from 'big.js';
import type { Payment } from '../../../invoice-document/document.ts';
import { at, type Rule } from '../../rule.ts';
import { adjustments } from '../../walk.ts';
import { domestic, paidBy, rule, sells } from './pick.ts';

const denmark = rule(sells('DK'));
const danes = rule(domestic('DK'));
const danesInvoices = rule((document) => domestic('DK')(document) && document.kind === 'invoice');
const DANISH_PAYMENT_MEANS = new Set(['1', '10', '31', '42', '48', '49', '50', '58', '59', '93', '97']);
const hasReference = ({ reference }: Payment, ...prefixes: readonly string[]) =>
  prefixes.includes(reference?.slice(0, 3) ?? '');
export const DENMARK: readonly Rule[] = [
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
