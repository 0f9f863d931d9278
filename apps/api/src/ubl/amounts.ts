import type {
  Adjustment,
  DocumentAdjustment,
  DocumentTotals,
  InvoiceDocument,
  VatCategory,
} from '../invoice-document/document.ts';
import { group, leaf } from './xml.ts';

/** An amount in a currency. */
export function money(name: string, amount: string | undefined, currency: string): string {
  return leaf(name, amount, { currencyID: currency });
}

/** A category of VAT, with the reason for an exemption where it gives one. */
export function vatCategory(
  name: string,
  {
    category,
    rate,
    exemptionReason,
    exemptionCode,
  }: VatCategory & { exemptionReason?: string | undefined; exemptionCode?: string | undefined },
): string {
  return group(
    name,
    leaf('cbc:ID', category),
    leaf('cbc:Percent', rate),
    leaf('cbc:TaxExemptionReasonCode', exemptionCode),
    leaf('cbc:TaxExemptionReason', exemptionReason),
    group('cac:TaxScheme', leaf('cbc:ID', 'VAT')),
  );
}

/** An allowance or a charge; `tax` is its VAT category, which those of lines do not have. */
function adjustment(isCharge: boolean, of: Adjustment, currency: string, tax = ''): string {
  return group(
    'cac:AllowanceCharge',
    leaf('cbc:ChargeIndicator', String(isCharge)),
    leaf('cbc:AllowanceChargeReasonCode', of.reasonCode),
    leaf('cbc:AllowanceChargeReason', of.reason),
    leaf('cbc:MultiplierFactorNumeric', of.percentage),
    money('cbc:Amount', of.amount, currency),
    money('cbc:BaseAmount', of.baseAmount, currency),
    tax,
  );
}

interface Adjusted<Of extends Adjustment> {
  readonly allowances: readonly Of[];
  readonly charges: readonly Of[];
}

export function lineAdjustments({ allowances, charges }: Adjusted<Adjustment>, currency: string): string {
  let text = '';
  for (const each of allowances) text += adjustment(false, each, currency);
  for (const each of charges) text += adjustment(true, each, currency);
  return text;
}

export function documentAdjustments(
  { allowances, charges }: Adjusted<DocumentAdjustment>,
  currency: string,
): string {
  const withTax = (isCharge: boolean, each: DocumentAdjustment) =>
    adjustment(isCharge, each, currency, vatCategory('cac:TaxCategory', each));
  let text = '';
  for (const each of allowances) text += withTax(false, each);
  for (const each of charges) text += withTax(true, each);
  return text;
}

/** The VAT by category, and the whole of it in the currency of VAT accounting where there is one. */
export function taxTotals({ totals, breakdown, currency, taxCurrency }: InvoiceDocument): string {
  const groups = breakdown.map((each) =>
    group(
      'cac:TaxSubtotal',
      money('cbc:TaxableAmount', each.taxable, currency),
      money('cbc:TaxAmount', each.tax, currency),
      vatCategory('cac:TaxCategory', each),
    ),
  );
  const inCurrency = group('cac:TaxTotal', money('cbc:TaxAmount', totals.tax, currency), ...groups);
  if (taxCurrency === undefined) return inCurrency;
  return inCurrency + group('cac:TaxTotal', money('cbc:TaxAmount', taxCurrency.taxAmount, taxCurrency.code));
}

export function monetaryTotal(totals: DocumentTotals, currency: string): string {
  return group(
    'cac:LegalMonetaryTotal',
    money('cbc:LineExtensionAmount', totals.lines, currency),
    money('cbc:TaxExclusiveAmount', totals.withoutTax, currency),
    money('cbc:TaxInclusiveAmount', totals.withTax, currency),
    money('cbc:AllowanceTotalAmount', totals.allowances, currency),
    money('cbc:ChargeTotalAmount', totals.charges, currency),
    money('cbc:PrepaidAmount', totals.prepaid, currency),
    money('cbc:PayableRoundingAmount', totals.rounding, currency),
    money('cbc:PayableAmount', totals.payable, currency),
  );
}
