import type { Decimal } from './decimal.ts';

/**
 * An amount with `scale` digits after the point; with more where it needs them, since no amount that somebody
 * stated is ever changed.
 *
 * @example withScale(decimal('0.5'), 2)    // '0.50'
 * @example withScale(decimal('0.095'), 2)  // '0.095'
 */
export function withScale(amount: Decimal, scale: number): string {
  return amount.toFixed(Math.max(scale, amount.neededScale));
}
