import { hex } from '../canonical/hex.ts';
import type { Canonical } from '../canonical/types.ts';

/** Both numbers bit by bit, in hex. */
export const canonicalPoint: Canonical = {
  print: () => (value) => {
    if (typeof value !== 'string') return undefined;
    const numbers = value
      .replaceAll(/[()\s]/g, '')
      .split(',')
      .map(Number.parseFloat);
    return hex(new Uint8Array(Float64Array.from(numbers.toReversed()).buffer).reverse());
  },
};

export function shownPoint(printed: string): string {
  const bytes = Buffer.from(printed, 'hex');
  const [x, y] = [bytes.readDoubleBE(), bytes.readDoubleBE(8)].map((number) =>
    Object.is(number, -0) ? '-0' : number,
  );
  return `(${x},${y})`;
}
