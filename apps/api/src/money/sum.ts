import Big from 'big.js';

/** Digits after the point of a decimal string. */
function scaleOf(decimal: string): number {
  const point = decimal.indexOf('.');
  return point < 0 ? 0 : decimal.length - point - 1;
}

/**
 * The exact sum, written with the largest scale among the addends, as SQL's
 * numeric does: no addend gives `0`.
 *
 * @example sum(['100.00', '0.5']) // '100.50'
 */
export function sum(decimals: readonly string[]): string {
  let total = new Big(0);
  let scale = 0;
  for (const decimal of decimals) {
    total = total.plus(decimal);
    scale = Math.max(scale, scaleOf(decimal));
  }
  return total.toFixed(scale);
}
