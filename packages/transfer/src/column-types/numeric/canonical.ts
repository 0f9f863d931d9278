import type { Canonical } from '../canonical/types.ts';

/** A text as it stands, a number written out; numeric(p, s) prints s digits behind its point. */
export const canonicalNumeric: Canonical = {
  print:
    ({ type: { scale } }) =>
    (value) =>
      value instanceof Uint8Array
        ? undefined
        : scaled(typeof value === 'string' ? value : plain(`${value}`), scale),
};

function scaled(text: string, scale: number | undefined): string {
  if (scale === undefined) return text;
  const [whole = '', fraction = ''] = text.split('.');
  const kept = fraction.replace(/0+$/, '').padEnd(scale, '0');
  return kept === '' ? whole : `${whole}.${kept}`;
}

/** Moves the point by the exponent. */
function plain(text: string): string {
  const [number = '', exponent] = text.split('e');
  if (exponent === undefined) return text;
  const digits = number.replace(/[-.]/g, '');
  const sign = number.startsWith('-') ? '-' : '';
  const point = 1 + Number(exponent);
  return point <= 0
    ? `${sign}0.${'0'.repeat(-point)}${digits}`
    : sign + digits + '0'.repeat(point - digits.length);
}
