import Big from 'big.js';
import { at, type Rule } from '../../rule.ts';
import { lines, ofDocument } from '../../walk.ts';
import { isSwedishOrganization } from '../check-digits.ts';
import { domestic, paidBy, rule, sells } from './pick.ts';

const sweden = rule(sells('SE'));
const swedishVat = rule(
  (document) => sells('SE')(document) && document.seller.vatId?.startsWith('SE') === true,
);
const swedes = rule(domestic('SE'));
const isNumeric = (text: string) => text.trim() !== '' && !Number.isNaN(Number(text));
const SWEDISH_RATES = ['6', '12', '25'];
const isNotSwedishRate = ({ category, rate }: { category: string; rate: string | undefined }) =>
  category === 'S' && !SWEDISH_RATES.some((each) => new Big(rate ?? 0).eq(each));
const swedishGiro = (bank: string, location: string, isBroken: (account: string) => boolean) =>
  paidBy(['30'], location, ({ account }) => account.bic === bank && isBroken(account.id?.trim() ?? ''));
const ofSwedishLegalId =
  (isRight: (id: string) => boolean): Rule['broken'] =>
  ({ seller }) =>
    at('supplier.legal_id', seller.legalId !== undefined && !isRight(seller.legalId.id.trim()));
export const SWEDEN: readonly Rule[] = [
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
  swedishVat('SE-R-006', 'Swedish standard rates are 6, 12 and 25', (document) => [
    ...lines(document, 'tax_rate', isNotSwedishRate),
    ...ofDocument(document, 'allowances', 'tax_rate', isNotSwedishRate),
    ...ofDocument(document, 'charges', 'tax_rate', isNotSwedishRate),
  ]),
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
