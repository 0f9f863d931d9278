import Big from 'big.js';

/**
 * A number as an `xs:decimal`, which knows no exponent.
 *
 * @example plain(1e-7) // '0.0000001'
 */
export function plain(number: number): string {
  const text = String(number);
  return text.includes('e') ? new Big(number).toFixed() : text;
}
