import type { InvoiceDocument } from '../../../invoice-document/document.ts';
import { at, type Rule } from '../../rule.ts';
import { domestic, paidBy, rule, sells } from './pick.ts';

const iceland = rule(sells('IS'));
const icelanders = rule(domestic('IS'));
const hasIcelandicId = ({ legalId }: InvoiceDocument['seller']) => legalId?.scheme === '0196';
export const ICELAND: readonly Rule[] = [
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
