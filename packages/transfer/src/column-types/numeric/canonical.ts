import type { Canonical } from '../canonical/types.ts';

/** A text as it stands; a number has no scale of its own, and numeric(p, s) prints s digits behind its point. */
export const canonicalNumeric: Canonical = {
  print:
    ({ type: { scale } }) =>
    (value) => {
      if (typeof value === 'string') return value;
      return value instanceof Uint8Array ? undefined : padded(`${value}`, scale);
    },
};

function padded(text: string, scale: number | undefined): string {
  if (!scale) return text;
  const [whole, fraction = ''] = text.split('.');
  return `${whole}.${fraction.padEnd(scale, '0')}`;
}
