import type { LineItem } from '../contract/invoice-request.ts';
import { plain } from '../money/plain.ts';
import { sum } from '../money/sum.ts';

/** What is taxed at one rate. */
export interface TaxGroup {
  /** Percent, a plain decimal: `19`, `5.5`. */
  readonly percent: string;
  readonly taxableAmount: string;
  readonly taxAmount: string;
}

/** The lines summed up by tax rate, in the order the rates first appear (EN 16931, BG-23). */
export function taxGroups(lines: readonly LineItem[]): TaxGroup[] {
  const byPercent = new Map<string, LineItem[]>();
  for (const line of lines) {
    const percent = plain(line.tax_rate);
    const group = byPercent.get(percent);
    if (group) group.push(line);
    else byPercent.set(percent, [line]);
  }
  return [...byPercent].map(([percent, group]) => ({
    percent,
    taxableAmount: sum(group.map((line) => line.line_total)),
    taxAmount: sum(group.map((line) => line.tax_amount)),
  }));
}
