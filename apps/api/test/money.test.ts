import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plain } from '../src/money/plain.ts';
import { sum } from '../src/money/sum.ts';
import { totals } from '../src/money/totals.ts';

const amounts = fc.array(fc.stringMatching(/^-?\d{1,15}(\.\d{1,4})?$/), { maxLength: 50 });

/** The sum in integers of 1/10000, which every amount of the contract is a whole number of. */
function inTenThousandths(decimal: string): bigint {
  const [whole = '', fraction = ''] = decimal.replace('-', '').split('.');
  const value = BigInt(whole + fraction.padEnd(4, '0'));
  return decimal.startsWith('-') ? -value : value;
}

describe('sum', () => {
  it.each([
    [[], '0'],
    [['100.00'], '100.00'],
    [['100.00', '0.5'], '100.50'],
    [['0.1', '0.2'], '0.3'],
    [['-0.00'], '0.00'],
    [['5.00', '-5.000'], '0.000'],
    [['999999999999999.9999', '0.0001'], '1000000000000000.0000'],
  ])('of %j is %s', (addends, expected) => {
    expect(sum(addends)).toBe(expected);
  });

  it('is exact and keeps the largest scale, whatever the addends', () => {
    fc.assert(
      fc.property(amounts, (addends) => {
        const total = sum(addends);
        const exact = addends.reduce((value, addend) => value + inTenThousandths(addend), 0n);
        expect(inTenThousandths(total)).toBe(exact);
        const scales = [total, ...addends].map((decimal) => decimal.split('.')[1]?.length ?? 0);
        expect(scales[0]).toBe(Math.max(0, ...scales.slice(1)));
      }),
    );
  });
});

describe('totals', () => {
  it('adds up the lines and gives the total the larger scale', () => {
    expect(
      totals([
        { line_total: '1035.02', tax_amount: '196.65' },
        { line_total: '0.1', tax_amount: '0.0190' },
      ]),
    ).toEqual({ subtotal: '1035.12', taxAmount: '196.6690', totalAmount: '1231.7890' });
  });
});

describe('plain', () => {
  it.each([
    [1e-7, '0.0000001'],
    [1e21, '1000000000000000000000'],
    [-2.5, '-2.5'],
    [19, '19'],
  ])('writes %d without an exponent', (number, expected) => {
    expect(plain(number)).toBe(expected);
  });
});
