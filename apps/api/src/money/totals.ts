import type { LineItem } from '../contract/invoice-request.ts';
import { sum } from './sum.ts';

/** The three amounts of an invoice, as decimal strings. */
export interface Totals {
  readonly subtotal: string;
  readonly taxAmount: string;
  readonly totalAmount: string;
}

/** What the lines add up to, exactly. */
export function totals(lines: readonly Pick<LineItem, 'line_total' | 'tax_amount'>[]): Totals {
  const subtotal = sum(lines.map((line) => line.line_total));
  const taxAmount = sum(lines.map((line) => line.tax_amount));
  return { subtotal, taxAmount, totalAmount: sum([subtotal, taxAmount]) };
}
