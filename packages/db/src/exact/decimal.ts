import { InvalidValueError } from '../errors.ts';

const PLAIN = /^(-?)0*(\d+)(\.\d+)?$/;

/**
 * The one text form of an amount that both databases store and give back as it
 * is: the form of PostgreSQL's `numeric`. Scale is kept (`100.00`); leading
 * zeros and the sign of zero go, as `numeric` drops them too.
 *
 * Exponents, NaN and Infinity are refused: they are no amounts of money, and
 * `numeric` would not give them back as they were written.
 *
 * @throws {InvalidValueError} when the text is no plain decimal number
 * @example
 * canonicalDecimal('100.00'); // '100.00'
 * canonicalDecimal('-007.50'); // '-7.50'
 */
export function canonicalDecimal(text: string): string {
  const match = PLAIN.exec(text);
  if (match === null) {
    throw new InvalidValueError(
      `"${text.slice(0, 40)}" is no decimal amount; write digits, and a point before the fraction, as in "100.00"`,
    );
  }
  const [, sign = '', integer = '', fraction = ''] = match;
  const isZero = !/[1-9]/.test(integer + fraction);
  return `${isZero ? '' : sign}${integer}${fraction}`;
}
