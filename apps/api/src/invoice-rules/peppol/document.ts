import Big from 'big.js';
import { PEPPOL_CURRENCIES } from '../../code-lists/currencies.ts';
import { PEPPOL_CREDIT_NOTE_TYPES, PEPPOL_INVOICE_TYPES } from '../../code-lists/document-types.ts';
import { ALLOWANCE_REASONS, CHARGE_REASONS } from '../../code-lists/reasons.ts';
import { PEPPOL_EAS } from '../../code-lists/schemes.ts';
import type { Adjustment, InvoiceDocument, Line } from '../../invoice-document/document.ts';
import { at, type Location, peppol, type Rule } from '../rule.ts';
import { addresses, adjustments, identifiers, lines, where } from '../walk.ts';

/** What amounts that are computed from others may be off. */
const SLACK = '0.02';

const isOff = (stated: Big, computed: Big, slack: Big | string = SLACK) =>
  stated.minus(computed).abs().gt(slack);

function isNotItsPercentage({ amount, baseAmount, percentage }: Adjustment): boolean {
  if (baseAmount === undefined || percentage === undefined) return false;
  return isOff(new Big(amount), new Big(baseAmount).times(percentage).times('0.01'));
}

const sumOf = (of: readonly Adjustment[]) => of.reduce((sum, { amount }) => sum.plus(amount), new Big(0));

/** Multiplied by the base quantity, so that nothing has to be divided. */
function isNotItsPrice({ net, quantity, price, baseQuantity, allowances, charges }: Line): boolean {
  let adjusted = new Big(net);
  if (charges.length > 0) adjusted = adjusted.minus(sumOf(charges));
  if (allowances.length > 0) adjusted = adjusted.plus(sumOf(allowances));
  const computed = new Big(quantity).times(price);
  const per = baseQuantity === undefined ? undefined : new Big(baseQuantity);
  if (per === undefined || per.eq(0)) return isOff(adjusted, computed);
  return isOff(adjusted.times(per), computed, per.abs().times(SLACK));
}

const allAdjustments = (
  document: InvoiceDocument,
  field: string,
  isBroken: (adjustment: Adjustment) => boolean,
): readonly Location[] => [
  ...adjustments(document, 'allowances', field, isBroken),
  ...adjustments(document, 'charges', field, isBroken),
];

const isGerman = ({ seller, buyer }: InvoiceDocument) =>
  seller.address.country === 'DE' && buyer.address.country === 'DE';

const areOpposite = (one: string, other: string) => new Big(one).times(other).lt(0);

/** The reasons of which each is of one category. */
const CATEGORY_OF_REASON = [
  ['PEPPOL-EN16931-P0104', 'VATEX-EU-G', 'G'],
  ['PEPPOL-EN16931-P0105', 'VATEX-EU-O', 'O'],
  ['PEPPOL-EN16931-P0106', 'VATEX-EU-IC', 'K'],
  ['PEPPOL-EN16931-P0107', 'VATEX-EU-AE', 'AE'],
  ['PEPPOL-EN16931-P0108', 'VATEX-EU-D', 'E'],
  ['PEPPOL-EN16931-P0109', 'VATEX-EU-F', 'E'],
  ['PEPPOL-EN16931-P0110', 'VATEX-EU-I', 'E'],
  ['PEPPOL-EN16931-P0111', 'VATEX-EU-J', 'E'],
] as const;

/** What Peppol wants of every invoice beyond EN 16931 (PEPPOL-EN16931-…). */
export const PEPPOL_RULES: readonly Rule[] = [
  peppol('PEPPOL-EN16931-R003', 'There is a buyer reference or a purchase order reference', (document) =>
    at('buyer_reference', (document.buyerReference ?? document.purchaseOrder) === undefined),
  ),
  peppol(
    'PEPPOL-EN16931-R005',
    'The currency of VAT accounting is another one than that of the invoice',
    ({ taxCurrency, currency }) => at('tax_currency.code', taxCurrency?.code === currency),
  ),
  peppol('PEPPOL-EN16931-R008', 'No element is empty', (document) => emptyElements(document)),
  peppol('PEPPOL-EN16931-R010', 'The buyer has an electronic address', ({ buyer }) =>
    at('customer.endpoint', buyer.endpoint === undefined),
  ),
  peppol('PEPPOL-EN16931-R020', 'The seller has an electronic address', ({ seller }) =>
    at('supplier.endpoint', seller.endpoint === undefined),
  ),
  peppol('PEPPOL-EN16931-R040', 'An allowance or charge is the percentage of its base amount', (document) =>
    allAdjustments(document, 'amount', isNotItsPercentage),
  ),
  peppol('PEPPOL-EN16931-R041', 'With a percentage goes a base amount', (document) =>
    allAdjustments(
      document,
      'base_amount',
      ({ percentage, baseAmount }) => percentage !== undefined && baseAmount === undefined,
    ),
  ),
  peppol('PEPPOL-EN16931-R042', 'With a base amount goes a percentage', (document) =>
    allAdjustments(
      document,
      'percentage',
      ({ percentage, baseAmount }) => percentage === undefined && baseAmount !== undefined,
    ),
  ),
  peppol(
    'PEPPOL-EN16931-R054',
    'With a currency of VAT accounting goes the VAT in it, and only then',
    ({ taxCurrency }) =>
      at('tax_currency.tax_amount', taxCurrency !== undefined && taxCurrency.taxAmount === undefined),
  ),
  peppol(
    'PEPPOL-EN16931-R055',
    'VAT has the same sign in both currencies',
    ({ taxCurrency, currency, totals }) =>
      at(
        'tax_currency.tax_amount',
        taxCurrency !== undefined &&
          taxCurrency.code !== currency &&
          (taxCurrency.taxAmount === undefined || areOpposite(taxCurrency.taxAmount, totals.tax)),
      ),
  ),
  peppol(
    'PEPPOL-EN16931-R061',
    'Direct debit (payment means 49 and 59) has a mandate reference',
    ({ payment }) =>
      at(
        'payment_means.mandate.reference',
        (payment?.code === '49' || payment?.code === '59') && payment.mandate?.reference === undefined,
      ),
  ),
  peppol('PEPPOL-EN16931-R110', "A line's period does not start before the invoicing period", (document) =>
    lines(document, 'period.start_date', ({ period }) => isBefore(period?.start, document.period?.start)),
  ),
  peppol('PEPPOL-EN16931-R111', "A line's period does not end after the invoicing period", (document) =>
    lines(document, 'period.end_date', ({ period }) => isBefore(document.period?.end, period?.end)),
  ),
  peppol(
    'PEPPOL-EN16931-R120',
    "A line's total is quantity × price ÷ base quantity + charges − allowances",
    (document) => lines(document, 'line_total', isNotItsPrice),
  ),
  peppol('PEPPOL-EN16931-R121', 'A base quantity is above zero', (document) =>
    lines(
      document,
      'base_quantity',
      ({ baseQuantity }) => baseQuantity !== undefined && new Big(baseQuantity).lte(0),
    ),
  ),
  peppol('PEPPOL-EN16931-CL002', 'The reason code of an allowance is one of UNTDID 5189', (document) =>
    adjustments(document, 'allowances', 'reason_code', ({ reasonCode }) =>
      isUnknown(reasonCode, ALLOWANCE_REASONS),
    ),
  ),
  peppol('PEPPOL-EN16931-CL003', 'The reason code of a charge is one of UNTDID 7161', (document) =>
    adjustments(document, 'charges', 'reason_code', ({ reasonCode }) =>
      isUnknown(reasonCode, CHARGE_REASONS),
    ),
  ),
  peppol('PEPPOL-EN16931-CL007', "The currency is one of Peppol's list", ({ currency, taxCurrency }) => [
    ...at('currency', !PEPPOL_CURRENCIES.has(currency)),
    ...at(
      'tax_currency.code',
      taxCurrency?.taxAmount !== undefined && !PEPPOL_CURRENCIES.has(taxCurrency.code),
    ),
  ]),
  peppol('PEPPOL-EN16931-CL008', "The scheme of an electronic address is one of Peppol's list", (document) =>
    where(identifiers(document, 'endpoint'), ({ scheme }) => isUnknown(scheme, PEPPOL_EAS), 'scheme'),
  ),
  peppol('PEPPOL-EN16931-P0100', 'The type of an invoice is one that Peppol takes', ({ kind, typeCode }) =>
    at('invoice_type_code', kind === 'invoice' && !PEPPOL_INVOICE_TYPES.has(typeCode)),
  ),
  peppol('PEPPOL-EN16931-P0101', 'The type of a credit note is one that Peppol takes', ({ kind, typeCode }) =>
    at('invoice_type_code', kind === 'credit note' && !PEPPOL_CREDIT_NOTE_TYPES.has(typeCode)),
  ),
  peppol(
    'PEPPOL-EN16931-P0112',
    'Partial and corrected invoices (326, 384) are between Germans only',
    (document) =>
      at(
        'invoice_type_code',
        (document.typeCode === '326' || document.typeCode === '384') && !isGerman(document),
      ),
  ),
  ...CATEGORY_OF_REASON.map(([id, code, category]) =>
    peppol(id, `The exemption ${code} is of the VAT category ${category}`, ({ breakdown }) =>
      breakdown.flatMap((group) =>
        at('line_items', group.exemptionCode?.toUpperCase() === code && group.category !== category),
      ),
    ),
  ),
];

/** Elements that a document has although there is nothing to put into them. */
function emptyElements(document: InvoiceDocument): readonly Location[] {
  const { number, taxCurrency, preceding, payment } = document;
  const isEmpty = (text: string | undefined) => (text ?? '').trim() === '';
  return [
    ...at('invoice_number', isEmpty(number)),
    ...at('tax_currency.code', taxCurrency !== undefined && isEmpty(taxCurrency.code)),
    ...where(addresses(document), ({ country }) => isEmpty(country), 'country'),
    ...preceding.flatMap((each, index) =>
      at(`preceding_invoices.${index}.invoice_number`, isEmpty(each.number)),
    ),
    ...at('payment_means.code', payment !== undefined && isEmpty(payment.code)),
    ...at('payment_means.card.number', payment?.card !== undefined && isEmpty(payment.card.number)),
  ];
}

function isUnknown(code: string | undefined, list: ReadonlySet<string>): boolean {
  return code !== undefined && !list.has(code);
}

function isBefore(day: string | undefined, other: string | undefined): boolean {
  return day !== undefined && other !== undefined && day < other;
}
