import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { isInstalled } from '../src/programs.ts';

const PATH = dirname(process.execPath);

it('finds a program on the PATH, or by its path', () => {
  expect(isInstalled('node', { PATH })).toBe(true);
  expect(isInstalled(process.execPath, {})).toBe(true);
  expect(isInstalled('no-such-program', { PATH })).toBe(false);
  expect(isInstalled('/no/such/program', {})).toBe(false);
});

it('fails for a missing one where all are required, and not for one that is there', () => {
  const env = { PATH, VATEVO_REQUIRE_PROGRAMS: '1' };
  expect(isInstalled('node', env)).toBe(true);
  expect(() => isInstalled('no-such-program', env)).toThrow(
    /^no-such-program is not installed, and VATEVO_REQUIRE_PROGRAMS=1 .*: install it, or unset the variable\.$/,
  );
});
