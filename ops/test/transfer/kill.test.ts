import type { Passing } from '@vatevo/test-kit/message-proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultBench, kill, LONG, nth, nthCopyData } from './support/bench.ts';
import { stateOf } from './support/target.ts';

let bench: FaultBench;
beforeAll(async () => {
  bench = await FaultBench.open();
});
afterAll(() => bench.close());

const POINTS = [
  ['before its beginning was committed', undefined, nth(0, /^COMMIT/)],
  ['before it began', undefined, nth(0, /^BEGIN/)],
  ['in the middle of copying', 'copying', nthCopyData(15)],
  [
    'between the rows of a range and their ledger line',
    'copying',
    nth(3, /INSERT INTO vatevo_transfer\.range/),
  ],
  ['while indexes were restored', 'settling', nth(4, /set_config\('maintenance_work_mem'/)],
  ['while it was verified', 'verifying', nth(1, /SELECT count\(\*\)::text AS rows/)],
  ['before it was called complete', 'verifying', nth(0, /completed_at = now/)],
] as const;

describe('a transfer that was killed is resumed by the same command', () => {
  it.for(POINTS.filter(([where]) => LONG || where.startsWith('between')))(
    '%s',
    async ([, state, when], { expect }) => {
      const url = await bench.targets.create();
      const outcome = await bench.disturbed(url, when, kill);
      expect(outcome.signal).toBe('SIGKILL');
      expect(await stateOf(url)).toBe(state);
      await bench.expectRefusedWhileUnfinished(url);
      await bench.expectRecovery(url, state === 'copying' ? ['--resume'] : []);
      await bench.targets.drop(url);
    },
  );

  it('does nothing for one that is complete, with and without --resume', async () => {
    const url = await bench.targets.create();
    await bench.expectRecovery(url);
    await bench.expectRecovery(url);
    await bench.expectRecovery(url, ['--resume']);
    await bench.expectRefusedWhileUnfinished(url);
    await bench.targets.drop(url);
  });
});

describe.runIf(LONG)('the long suite', () => {
  it('kills at points spread over all messages', { timeout: 3_600_000 }, async () => {
    const points = 80;
    const states = new Map<string | undefined, number>();
    for (let point = 0; point < points; point++) {
      const at = Math.floor(((point + 0.5) * bench.messages) / points);
      const url = await bench.targets.create();
      const outcome = await bench.disturbed(url, ({ index }) => index >= at, kill);
      expect(outcome.signal, `message ${at} of ${bench.messages}`).toBe('SIGKILL');
      const state = await stateOf(url);
      states.set(state, (states.get(state) ?? 0) + 1);
      await bench.expectRecovery(url, point % 2 === 0 ? [] : ['--resume']);
      await bench.targets.drop(url);
    }
    expect([...states.keys()]).toEqual(
      expect.arrayContaining([undefined, 'copying', 'settling', 'verifying', 'complete']),
    );
  });

  it('kills a --discard-unfinished at points spread over it', { timeout: 3_600_000 }, async () => {
    let kills = 0;
    for (let at = 0; at < 45; at += 3) {
      const url = await bench.targets.create();
      await bench.disturbed(url, nthCopyData(15), kill);
      let discarding = false;
      let sent = 0;
      const when = ({ sql }: Passing) => {
        discarding ||= /LOCK TABLE|lock_timeout = 10000/.test(sql);
        return discarding && sent++ === at;
      };
      const { signal } = await bench.disturbed(url, when, kill, ['--discard-unfinished']);
      if (signal === 'SIGKILL') kills++;
      // Either nothing was discarded, or all of it: both are resumed to the same end.
      await bench.expectRecovery(url);
      await bench.targets.drop(url);
    }
    expect(kills).toBe(15);
  });

  it('kills every try of one transfer, a little later each time', { timeout: 3_600_000 }, async () => {
    const url = await bench.targets.create();
    let kills = 0;
    for (let at = 60; ; at += 15) {
      const { signal, code, stderr } = await bench.disturbed(url, ({ index }) => index >= at, kill);
      if (signal !== 'SIGKILL') {
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        break;
      }
      kills++;
    }
    expect(kills).toBeGreaterThan(5);
    await bench.expectRecovery(url);
    await bench.targets.drop(url);
  });
});
