import Big from 'big.js';
import type { Address, InvoiceDocument } from '../../../invoice-document/document.ts';
import { at, type Rule } from '../../rule.ts';
import { lines } from '../../walk.ts';
import { domestic, isIn, rule, sells } from './pick.ts';

const netherlands = rule(sells('NL'));
const dutch = rule(domestic('NL'));
const lacks = ({ street, city, postalCode }: Address) => !street || !city || !postalCode;
const DUTCH_PAYMENT_MEANS = new Set(['30', '48', '49', '57', '58', '59']);
const hasOtherThanDutchId = ({ legalId }: InvoiceDocument['seller']) =>
  legalId !== undefined && legalId.scheme !== '0106' && legalId.scheme !== '0190';
export const NETHERLANDS: readonly Rule[] = [
  netherlands('NL-R-001', 'A Dutch credit note refers to the preceding invoice', ({ kind, preceding }) =>
    at('preceding_invoices', kind === 'credit note' && preceding.length === 0),
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
