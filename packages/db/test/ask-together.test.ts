import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { askTogether } from '../src/ask-together.ts';

describe('askTogether', () => {
  /** Doubles what it is asked, knows nothing of 0, and keeps the questions. */
  function doubler() {
    const asked: number[][] = [];
    const double = askTogether(async (numbers: readonly number[]) => {
      asked.push([...numbers]);
      if (numbers.includes(13)) throw new Error('unlucky');
      return new Map(numbers.filter((n) => n !== 0).map((n) => [n, 2 * n]));
    });
    return { asked, double };
  }

  it('asks once for all who ask in one turn, each key once', async () => {
    const { asked, double } = doubler();
    expect(await Promise.all([1, 0, 2, 1].map(double))).toEqual([2, undefined, 4, 2]);
    expect(asked).toEqual([[1, 0, 2]]);
  });

  it('answers nobody from a question that was put before they asked', async () => {
    const { asked, double } = doubler();
    const first = double(1);
    await nextTurn();
    expect(await Promise.all([first, double(1)])).toEqual([2, 2]);
    expect(asked).toEqual([[1], [1]]);
  });

  it('has a few questions under way at once, and gathers those that come meanwhile in the next one', async () => {
    const answers: (() => void)[] = [];
    const asked: number[][] = [];
    const same = askTogether(async (numbers: readonly number[]) => {
      asked.push([...numbers]);
      await new Promise<void>((resolve) => answers.push(resolve));
      return new Map(numbers.map((n) => [n, n]));
    });
    const found: Promise<number | undefined>[] = [];
    for (let n = 0; n < 9; n++) {
      found.push(same(n));
      await nextTurn();
    }
    expect(asked).toEqual([[0], [1], [2], [3]]);
    answers[2]?.();
    await nextTurn();
    expect(asked.slice(4)).toEqual([[4, 5, 6, 7, 8]]);
    for (const answer of answers) answer();
    expect(await Promise.all(found)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('fails for those who asked together, and for nobody after them', async () => {
    const { double } = doubler();
    const outcomes = await Promise.allSettled([double(1), double(13)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await double(1)).toBe(2);
  });
});
