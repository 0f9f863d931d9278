import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, start } from '../support/run-script.ts';

/** One round; five hundred, of either format in turns, where everything is tried. */
const ROUNDS = process.env.VATEVO_TEST_LONG === '1' ? 500 : 1;
const MINUTES_A_ROUND = 6;

it(
  'moves and fails back beside a writer, with commands killed at random, and loses and invents nothing',
  async () => {
    const { code, stdout, stderr } = await start(process.execPath, [
      join(root, 'ops/bin/vatevo-ops.mjs'),
      'drill',
      ...['--rounds', `${ROUNDS}`, '--json'],
    ]).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { drill } = JSON.parse(stdout) as { drill: { summary: Record<string, number> } };
    expect(drill.summary).toMatchObject({ rounds: ROUNDS, lost: 0, invented: 0 });
    expect(drill.summary.acknowledged).toBeGreaterThan(0);
  },
  ROUNDS * MINUTES_A_ROUND * 60_000,
);
