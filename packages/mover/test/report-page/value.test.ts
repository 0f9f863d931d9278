import { describe, expect, it } from 'vitest';
import { MAX_SHOWN, showBoth, showValue } from '../../src/transfer/report-page/value.ts';

const plain = (markup: unknown) => String(markup).replace(/<[^>]*>/g, '');

describe('a value on the page', () => {
  it('is not to be confused with no value, or with an empty one', () => {
    const shown = [null, '', 'NULL', ' '].map((value) => String(showValue(value)));
    expect(new Set(shown).size).toBe(4);
    expect(showValue(undefined)).toEqual(showValue(null));
  });

  it('shows spaces that are not plain ones, and tells a code from text that looks like one', () => {
    expect(plain(showValue('1\u00a0000'))).toBe('1\\u00a0000');
    expect(String(showValue('\u202e'))).not.toBe(String(showValue('\\u202e')));
  });

  it('is cut when it is long, never inside a character, and says so', () => {
    const text = '🧾'.repeat(MAX_SHOWN);
    const shown = plain(showValue(`x${text}`));
    expect(shown).toContain(`(characters 1 to ${MAX_SHOWN - 1} of ${text.length + 1})`);
    expect(shown).not.toContain('\\ud');
  });
});

describe('two values that differ', () => {
  const marks = (markup: unknown) => /<mark>(.*?)<\/mark>/.exec(String(markup))?.[1];

  it.each([
    ['100.00', '100.01', '0', '1'],
    ['2025-01-15 00:00:00', '2025-01-15 00:00:00.000001', '', '.000001'],
    ['a🧾b', 'a🧿b', '🧾', '🧿'],
    ['aaa', 'aaaa', '', 'a'],
  ])('%s and %s are marked where they differ', (a, b, inA, inB) => {
    const [left, right] = showBoth(a, b);
    expect([marks(left), marks(right)]).toEqual([inA, inB]);
    expect([plain(left), plain(right)]).toEqual([a, b]);
  });

  it('are shown from shortly before that place when they are long', () => {
    const same = 'x'.repeat(100_000);
    const [left, right] = showBoth(`${same}1${same}`, `${same}2${same}`);
    expect([marks(left), marks(right)]).toEqual(['1', '2']);
    expect(plain(left)).toContain('of 200001)');
    expect(String(left).length).toBeLessThan(1_000);
  });

  it('may be one of them NULL, or cut short', () => {
    expect(showBoth(null, 'a').map(plain)).toEqual(['NULL', 'a']);
    const long = 'x'.repeat(10_000);
    expect(showBoth(long, 'x').map(plain)[1]).toContain('x');
    expect(showBoth(long, '').map(plain)[1]).toBe('empty text');
  });
});
