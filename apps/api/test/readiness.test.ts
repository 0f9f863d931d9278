import { describe, expect, it } from 'vitest';
import { type Readiness, ReadinessGate } from '../src/readiness/readiness.ts';

const UNFINISHED: Readiness = { ready: false, reason: 'transfer unfinished', message: '' };

describe('ReadinessGate', () => {
  it('asks once for all who wait, and remembers the answer', async () => {
    let asked = 0;
    const gate = new ReadinessGate(async () => {
      asked += 1;
      return { ready: true };
    });
    expect(gate.lastFound).toBeUndefined();
    await Promise.all([gate.check(), gate.check(), gate.check()]);
    await gate.check();
    expect(asked).toBe(1);
    expect(gate.lastFound).toEqual({ ready: true });
  });

  it('asks again when the answer is too old', async () => {
    const answers: Readiness[] = [UNFINISHED, { ready: true }];
    const gate = new ReadinessGate(async () => answers.shift() ?? UNFINISHED, { maxAgeMs: 0 });
    expect(await gate.check()).toEqual(UNFINISHED);
    expect(await gate.check()).toEqual({ ready: true });
  });

  it('passes on that the database cannot be asked, and asks again at the next call', async () => {
    let down = true;
    const gate = new ReadinessGate(async () => {
      if (down) throw new Error('down');
      return { ready: true };
    });
    await expect(gate.check()).rejects.toThrow('down');
    down = false;
    expect(await gate.check()).toEqual({ ready: true });
  });

  it('waits no longer than its deadline for a server that is silent, and asks again then', async () => {
    let silent = false;
    const gate = new ReadinessGate(
      () => (silent ? new Promise<never>(() => undefined) : Promise.resolve({ ready: true })),
      { maxAgeMs: 0, deadlineMs: 20 },
    );
    expect(await gate.check()).toEqual({ ready: true });
    silent = true;
    await expect(gate.check()).rejects.toMatchObject({ name: 'ConnectionError', reason: 'timeout' });
    silent = false;
    expect(await gate.check()).toEqual({ ready: true });
  });
});
