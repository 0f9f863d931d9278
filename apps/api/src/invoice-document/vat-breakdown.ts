import Big from 'big.js';
import { rounded, withScale } from '../money/scale.ts';
import type { DocumentAdjustment, Line, VatCategory, VatGroup } from './document.ts';

/** A line with what its sender says of its VAT. */
export interface TaxedLine extends Line {
  readonly statedTax: string;
  readonly exemptionReason: string | undefined;
  readonly exemptionCode: string | undefined;
}

interface Group extends VatCategory {
  taxable: Big;
  statedTax: Big | undefined;
  readonly exemptionReason: string | undefined;
  readonly exemptionCode: string | undefined;
}

const PERCENT = new Big('0.01');

/** Only one category has no rate, and a rate holds no line feed. */
const keyOf = ({ category, rate }: VatCategory) => (rate === undefined ? category : `${category}\n${rate}`);

/**
 * The VAT breakdown (BG-23): lines, allowances and charges summed up by category and rate, and the VAT of each
 * sum, rounded to the decimals of the currency (BR-CO-17). Lines that give different reasons for their exemption
 * stand apart, since a group has room for one.
 */
export function vatBreakdown(
  lines: readonly TaxedLine[],
  allowances: readonly DocumentAdjustment[],
  charges: readonly DocumentAdjustment[],
  { decimals, scale }: { readonly decimals: number; readonly scale: number },
): VatGroup[] {
  const groups = new Map<string, Group>();
  const firstOf = new Map<string, Group>();

  for (const line of lines) {
    const { category, rate, exemptionReason, exemptionCode } = line;
    const isExempt = (exemptionReason ?? exemptionCode) !== undefined;
    // As JSON it ends with a bracket, which the other keys do not.
    const key = isExempt ? JSON.stringify([category, rate, exemptionReason, exemptionCode]) : keyOf(line);
    let group = groups.get(key);
    if (!group) {
      group = {
        category,
        rate,
        exemptionReason,
        exemptionCode,
        taxable: new Big(0),
        statedTax: new Big(0),
      };
      groups.set(key, group);
      if (!firstOf.has(keyOf(line))) firstOf.set(keyOf(line), group);
    }
    group.taxable = group.taxable.plus(line.net);
    group.statedTax = group.statedTax?.plus(line.statedTax);
  }

  for (const [adjustments, sign] of [
    [allowances, -1],
    [charges, 1],
  ] as const) {
    for (const { category, rate, amount } of adjustments) {
      const key = keyOf({ category, rate });
      let group = firstOf.get(key);
      if (!group) {
        group = {
          category,
          rate,
          exemptionReason: undefined,
          exemptionCode: undefined,
          taxable: new Big(0),
          statedTax: undefined,
        };
        groups.set(key, group);
        firstOf.set(key, group);
      }
      group.taxable = group.taxable.plus(new Big(amount).times(sign));
      // Nobody says what VAT there is on an allowance or a charge.
      group.statedTax = undefined;
    }
  }

  return [...groups.values()].map(
    ({ category, rate, exemptionReason, exemptionCode, taxable, statedTax }) => {
      const tax = taxable.times(rate ?? 0).times(PERCENT);
      return {
        category,
        rate,
        exemptionReason,
        exemptionCode,
        taxable: withScale(taxable, scale),
        tax: withScale(rounded(tax, decimals), scale),
        statedTax: statedTax?.toFixed(),
      };
    },
  );
}
