import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { coverageTable } from '../lib/coverage.mjs';

async function packages(covered: Record<string, number | undefined>) {
  const place = await mkdtemp(join(tmpdir(), 'vatevo-coverage-'));
  onTestFinished(() => rm(place, { recursive: true }));
  return Promise.all(
    Object.entries(covered).map(async ([name, lines]) => {
      const folder = join(place, name);
      await mkdir(join(folder, 'coverage'), { recursive: true });
      if (lines !== undefined) {
        const counts = { total: 200, covered: lines };
        const none = { total: 0, covered: 0 };
        await writeFile(
          join(folder, 'coverage/coverage-summary.json'),
          JSON.stringify({ total: { lines: counts, branches: counts, functions: none }, 'src/a.ts': {} }),
        );
      }
      return { name, folder };
    }),
  );
}

it('shows what each package has, and all of them together by what they hold', async () => {
  expect(coverageTable(await packages({ a: 50, b: 199, untested: undefined })).split('\n')).toEqual([
    '| package | lines | branches | functions |',
    '| --- | ---: | ---: | ---: |',
    '| a | 25.0 % | 25.0 % |  |',
    '| b | 99.5 % | 99.5 % |  |',
    '| **all** | 62.3 % | 62.3 % |  |',
  ]);
});

it('fails where nothing was measured', async () => {
  expect(() => coverageTable([])).toThrow(/^No package left a summary/);
});
