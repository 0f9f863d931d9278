import { expect, it } from 'vitest';
import { bench } from '../src/transfer/bench.ts';
import { findProgram } from '../src/transfer/programs.ts';
import { runProgram } from '../src/transfer/run-program.ts';

it('runs with what is installed, and says what is not', async () => {
  const lines: string[] = [];
  const results = await bench({ scale: 0.001, runs: 1 }, (line) => lines.push(line), '');
  expect([...results].map(([name, runs]) => [name, runs.length])).toEqual([
    ['ops transfer', 1],
    ['pgloader', 0],
    ['sqlite3 | psql', 0],
    ['psql \\copy, ready-made', 0],
  ]);
  const [mine] = results.get('ops transfer') ?? [];
  expect(Object.keys(mine?.stages ?? {})).toEqual(['inspect', 'copy', 'finalize', 'verify']);
  if (process.platform === 'linux') {
    expect(mine?.programSeconds).toBeGreaterThan(0);
    expect(mine?.serverSeconds).toBeGreaterThan(0);
  }
  const text = lines.join('\n');
  expect(text).toContain('skipped: pgloader (not installed: pgloader)');
  expect(text).toContain('skipped: sqlite3 | psql (not installed: sqlite3, psql, sh)');
  expect(text).toMatch(/1 501 rows, \d+ MB of SQLite; \d+ cores/);
  expect(text).not.toMatch(/×/);
  expect(text).not.toMatch(/postgresql:/);
});

it('finds programs where PATH says, and nowhere else', () => {
  expect(findProgram('sh')).toMatch(/\/sh$/);
  expect(findProgram('sh', '/nowhere:')).toBeUndefined();
});

it('says what a program said when it fails', async () => {
  await expect(runProgram('sh', ['-c', 'echo broken >&2; exit 3'])).rejects.toThrow(/ended with 3: broken/);
  await expect(runProgram('no-such-program-here', [])).rejects.toThrow(/ENOENT/);
});
