import Big from 'big.js';
import { withScale } from '../money/scale.ts';
import type { Adjustment, DocumentTotals, Line, VatGroup } from './document.ts';

interface Summands {
  readonly lines: readonly Pick<Line, 'net'>[];
  readonly allowances: readonly Adjustment[];
  readonly charges: readonly Adjustment[];
  readonly breakdown: readonly VatGroup[];
  readonly prepaid: string | undefined;
  readonly rounding: string | undefined;
}

const sumOf = (amounts: readonly string[]) =>
  amounts.reduce((total, amount) => total.plus(amount), new Big(0));

/** The document's totals (BG-22, BR-CO-10 to 16). */
export function documentTotals(summands: Summands, scale: number): DocumentTotals {
  const { lines, allowances, charges, breakdown, prepaid, rounding } = summands;
  const ofLines = sumOf(lines.map(({ net }) => net));
  const ofAllowances = sumOf(allowances.map(({ amount }) => amount));
  const ofCharges = sumOf(charges.map(({ amount }) => amount));
  const withoutTax = ofLines.minus(ofAllowances).plus(ofCharges);
  const tax = sumOf(breakdown.map((group) => group.tax));
  const withTax = withoutTax.plus(tax);
  const write = (amount: Big) => withScale(amount, scale);
  return {
    lines: write(ofLines),
    allowances: allowances.length > 0 ? write(ofAllowances) : undefined,
    charges: charges.length > 0 ? write(ofCharges) : undefined,
    withoutTax: write(withoutTax),
    tax: write(tax),
    withTax: write(withTax),
    prepaid: prepaid === undefined ? undefined : write(new Big(prepaid)),
    rounding: rounding === undefined ? undefined : write(new Big(rounding)),
    payable: write(withTax.minus(prepaid ?? 0).plus(rounding ?? 0)),
  };
}
