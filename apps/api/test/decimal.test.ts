import Big from 'big.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decimal } from '../src/money/decimal.ts';

/** As clients write amounts, those that need more digits than a number holds, and numbers with an exponent. */
const written = fc.oneof(
  fc.stringMatching(/^-?\d{1,5}(\.\d{1,4})?$/),
  fc.stringMatching(/^-?\d{1,15}(\.\d{1,4})?$/),
  fc.stringMatching(/^-?\d{1,30}(\.\d{1,20})?$/),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e25, max: 1e25 }).map(String),
);

/** big.js writes what is rounded to nothing with the sign that it had. */
const unsigned = (text: string) => (/[1-9]/.test(text) ? text : text.replace('-', ''));

it('computes what big.js does', () => {
  fc.assert(
    fc.property(written, written, fc.nat({ max: 6 }), (one, other, scale) => {
      const [own, theirs] = [decimal(one), new Big(one)];
      expect(own.plus(other).toFixed()).toBe(theirs.plus(other).toFixed());
      expect(own.minus(other).toFixed()).toBe(theirs.minus(other).toFixed());
      expect(own.times(other).toFixed()).toBe(theirs.times(other).toFixed());
      expect(own.abs().toFixed()).toBe(theirs.abs().toFixed());
      expect(own.round(scale).toFixed()).toBe(theirs.round(scale, Big.roundHalfUp).toFixed());
      expect(own.toFixed(scale)).toBe(unsigned(theirs.toFixed(scale)));
      expect(own.neededScale).toBe(Math.max(0, theirs.c.length - 1 - theirs.e));
      for (const compare of ['eq', 'lt', 'lte', 'gt', 'gte'] as const) {
        expect(own[compare](other)).toBe(theirs[compare](other));
        expect(own[compare](one)).toBe(theirs[compare](one));
      }
    }),
    { numRuns: 300 },
  );
});

it.each(['', '-', '.5', '5.', '1.2.3', '+1', ' 1', '1 ', '0x1', 'NaN', 'Infinity', '1e', '１'])(
  'refuses "%s", which is no number',
  (text) => {
    expect(() => decimal(text)).toThrow(TypeError);
  },
);
