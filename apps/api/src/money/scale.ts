import Big from 'big.js';

/** How many digits after the point `amount` needs: trailing zeros do not count. */
export function neededScale(amount: Big): number {
  // big.js keeps the coefficient without trailing zeros.
  return Math.max(0, amount.c.length - 1 - amount.e);
}

/**
 * An amount with `scale` digits after the point; with more where it needs them, since no amount that somebody
 * stated is ever changed.
 *
 * @example withScale(new Big('0.5'), 2)    // '0.50'
 * @example withScale(new Big('0.095'), 2)  // '0.095'
 */
export function withScale(amount: Big, scale: number): string {
  return amount.toFixed(Math.max(scale, neededScale(amount)));
}

/** The amount rounded to `scale` digits after the point, a half away from zero. */
export function rounded(amount: Big, scale: number): Big {
  return amount.round(scale, Big.roundHalfUp);
}
