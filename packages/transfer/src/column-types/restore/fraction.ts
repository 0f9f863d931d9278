const MAX_DIGITS = 9;

/**
 * How a second's fraction is written: `.fff` with at least so many digits, `[.fff]` with none where it is zero, nothing
 * where no value had one. Digits beyond that are written where there are any.
 *
 * @param digits behind the point; undefined where there is no point
 * @returns the ways of which a fraction is, the most particular first
 */
export function fractionForms(digits: string | undefined): readonly string[] {
  if (digits === undefined) return ['', ...upTo(MAX_DIGITS).map(optional)];
  const significant = digits.replace(/0+$/, '').length;
  if (significant === digits.length)
    return [...upTo(significant).map(fixed), ...upTo(significant).map(optional)];
  return significant === 0 ? [fixed(digits.length)] : [fixed(digits.length), optional(digits.length)];
}

/** The same for fractions that are written in the same ways. */
export function shapeOfFraction(digits: string | undefined): string {
  return digits === undefined ? '' : `${digits.length}/${digits.replace(/0+$/, '').length}`;
}

/** A fraction in one of these ways. @param digits of it @param form one of {@link fractionForms} */
export function writeFraction(digits: string, form: string): string {
  const significant = digits.replace(/0+$/, '');
  const least = form.replaceAll(/[^f]/g, '').length;
  if (significant === '' && (least === 0 || form.startsWith('['))) return '';
  return `.${significant.padEnd(least, '0')}`;
}

/** In a regular expression. */
export const FRACTION_FORM = String.raw`(\.f+|\[\.f+\]|)`;

const fixed = (digits: number) => `.${'f'.repeat(digits)}`;
const optional = (digits: number) => `[.${'f'.repeat(digits)}]`;
const upTo = (most: number) => Array.from({ length: most }, (_, i) => most - i);
