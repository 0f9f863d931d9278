import { describe, expect, it, vi } from 'vitest';
import { parseOptions } from '../src/transfer/options.ts';

describe('parseOptions', () => {
  it('needs nothing', () => {
    expect(parseOptions([])).toEqual({ scale: 1, runs: 3 });
  });

  it('takes any size and number of runs', () => {
    expect(parseOptions(['--scale', '0.1', '--runs', '1'])).toEqual({ scale: 0.1, runs: 1 });
  });

  it('takes an installed server', () => {
    expect(parseOptions(['--programs', '/opt/postgres/bin'])).toEqual({
      scale: 1,
      runs: 3,
      programs: '/opt/postgres/bin',
    });
  });

  it.each([
    ['--scale', '0'],
    ['--scale', '-1'],
    ['--scale', 'big'],
    ['--scale', ''],
    ['--runs', '0'],
    ['--runs', '1.5'],
    ['--more'],
  ])('refuses %s %s', (...args) => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(() => parseOptions(args)).toThrow();
    } finally {
      written.mockRestore();
    }
  });
});
