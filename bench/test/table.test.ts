import { expect, it } from 'vitest';
import { readSeconds } from '../src/transfer/loaders/pgloader.ts';
import { pairedRatio, resultsTable, stageTable } from '../src/transfer/results.ts';
import { count, formatTable, median } from '../src/transfer/table.ts';

const result = (copySeconds: number, wholeSeconds = copySeconds, peakBytes: number | undefined = 5e6) => ({
  copySeconds,
  wholeSeconds,
  peakBytes,
  programSeconds: peakBytes === undefined ? undefined : copySeconds / 2,
  serverSeconds: peakBytes === undefined ? undefined : copySeconds,
});

it('puts names to the left and numbers to the right', () => {
  expect(
    formatTable([
      ['', 'rows/s'],
      ['psql', '9'],
      ['pgloader', '12 000'],
    ]),
  ).toBe(['          rows/s', 'psql           9', 'pgloader  12 000'].join('\n'));
});

it('finds the middle of odd and even numbers of runs', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

it('counts with thousands apart', () => {
  expect([0, 999, 1000, 1_501_000.4].map(count)).toEqual(['0', '999', '1 000', '1 501 000']);
});

it('prints medians, the highest memory, and nobody who was skipped', () => {
  const results = new Map([
    ['one', [result(2, 4), result(4, 8, 7e6)]],
    ['skipped', []],
  ]);
  expect(resultsTable(results, { rows: 3_000, bytes: 6e6 })).toBe(
    [
      '     copy s  rows/s  MB/s  whole s  peak MB  program cpu s  server cpu s',
      'one     3.0   1 000     2      6.0        7            1.5           3.0',
    ].join('\n'),
  );
});

it('prints a dash where memory cannot be read, and the stages that a loader tells', () => {
  expect(
    resultsTable(
      new Map([
        [
          'one',
          [{ ...result(1), peakBytes: undefined, programSeconds: undefined, serverSeconds: undefined }],
        ],
      ]),
      { rows: 1, bytes: 1 },
    ),
  ).toMatch(/– +– +–$/);
  expect(stageTable([{ ...result(1), stages: { inspect: 1, copy: 2 } }])).toBe(
    'inspect  copy\n1.0       2.0',
  );
  expect(stageTable([])).toBe('');
});

it('compares pair by pair', () => {
  const ratio = pairedRatio(
    [result(1), result(2)],
    [result(3), result(10)],
    (a, b) => b.copySeconds / a.copySeconds,
  );
  expect(ratio).toBe(4);
  expect(pairedRatio([result(1)], [], () => 1)).toBeUndefined();
});

it("reads pgloader's own time", () => {
  expect(readSeconds('      Total import time          ✓    1501000     1.0 GB         26.232s\n')).toBe(
    26.232,
  );
  expect(readSeconds('      Total import time          ✓    1501000     1.0 GB       1m6.232s\n')).toBe(
    66.232,
  );
  expect(() => readSeconds('KABOOM!')).toThrow(/KABOOM/);
});
