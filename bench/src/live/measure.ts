import { formatTable, median } from '../transfer/table.ts';
import type { Testbed } from '../transfer/testbed.ts';
import { type Journal, type LiveResult, startLive, type Taken, transferWhole, type Writes } from './move.ts';

export const JOURNALS: readonly Journal[] = ['wal', 'delete'];

interface LiveOptions {
  readonly runs: number;
  /** A second. */
  readonly writes: number;
  readonly journals: readonly Journal[];
  /** For which the writer writes alone before each move. */
  readonly aloneMs: number;
}

/** A transfer, and the starts of live moves of the same file right behind it. */
interface Turn {
  readonly transfer: Taken;
  readonly live: ReadonlyMap<Journal, LiveResult>;
}

/** In turns, so that a machine whose speed drifts drifts for all of them. */
export async function measureLive(
  testbed: Testbed,
  { runs, journals, ...writer }: LiveOptions,
): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (let run = 0; run < runs; run++) {
    const transfer = await transferWhole(testbed);
    const live = new Map<Journal, LiveResult>();
    for (const journal of journals) live.set(journal, await startLive(testbed, journal, writer));
    turns.push({ transfer, live });
  }
  return turns;
}

/** Medians; the ratios are those of the pairs. */
export function liveTable(turns: readonly Turn[]): string {
  const journals = [...(turns[0]?.live.keys() ?? [])];
  return formatTable([
    [
      '',
      'whole s',
      'times',
      'program cpu s',
      'server cpu s',
      'times',
      'writes alone: p99 ms',
      'longest',
      'beside: p99 ms',
      'longest',
    ],
    ['transfer', ...figures(turns.map(({ transfer }) => ({ taken: transfer, transfer })))],
    ...journals.map((journal) => {
      const found = turns.flatMap(({ transfer, live }) => {
        const taken = live.get(journal);
        return taken ? [{ taken, transfer }] : [];
      });
      const all = (of: (result: LiveResult) => Writes) => found.flatMap(({ taken }) => of(taken));
      return [
        `live, ${journal}`,
        ...figures(found),
        ...waits(all(({ alone }) => alone)),
        ...waits(all(({ beside }) => beside)),
      ];
    }),
  ]);
}

function figures(pairs: readonly { readonly taken: Taken; readonly transfer: Taken }[]): string[] {
  const middle = (of: (taken: Taken) => number | undefined, digits = 1) =>
    median(pairs.map(({ taken }) => of(taken) ?? Number.NaN)).toFixed(digits);
  const ratio = (of: (taken: Taken) => number) =>
    median(pairs.map(({ taken, transfer }) => of(taken) / of(transfer))).toFixed(2);
  return [
    middle(({ wholeSeconds }) => wholeSeconds),
    ratio(({ wholeSeconds }) => wholeSeconds),
    middle(({ programSeconds }) => programSeconds),
    middle(({ serverSeconds }) => serverSeconds),
    ratio(processorSeconds),
  ];
}

function processorSeconds({ programSeconds = Number.NaN, serverSeconds = Number.NaN }: Taken): number {
  return programSeconds + serverSeconds;
}

function waits(writes: Writes): string[] {
  const sorted = writes.toSorted((a, b) => a - b);
  const at = (part: number) => (sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN).toFixed(0);
  return [at(0.99), at(1)];
}
