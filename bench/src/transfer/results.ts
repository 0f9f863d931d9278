import type { Result } from './loader.ts';
import { count, formatTable, median } from './table.ts';

/** Every loader's results, in the order in which they are printed; empty for one that was skipped. */
export type Results = ReadonlyMap<string, readonly Result[]>;

export interface Source {
  readonly rows: number;
  readonly bytes: number;
}

const MB = 1e6;

/** The table of medians. */
export function resultsTable(results: Results, source: Source): string {
  const rows = [...results].flatMap(([name, runs]) => {
    if (runs.length === 0) return [];
    const copy = median(runs.map((run) => run.copySeconds));
    const peaks = runs.flatMap((run) => run.peakBytes ?? []);
    return [
      [
        name,
        copy.toFixed(1),
        count(source.rows / copy),
        count(source.bytes / MB / copy),
        median(runs.map((run) => run.wholeSeconds)).toFixed(1),
        peaks.length === 0 ? '–' : count(Math.max(...peaks) / MB),
        medianOr(runs.map(({ programSeconds }) => programSeconds)),
        medianOr(runs.map(({ serverSeconds }) => serverSeconds)),
      ],
    ];
  });
  return formatTable([
    ['', 'copy s', 'rows/s', 'MB/s', 'whole s', 'peak MB', 'program cpu s', 'server cpu s'],
    ...rows,
  ]);
}

function medianOr(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? '–' : median(known).toFixed(1);
}

/** Seconds of each stage of one loader's run, medians. */
export function stageTable(runs: readonly Result[]): string {
  const names = Object.keys(runs[0]?.stages ?? {});
  const seconds = names.map((name) => median(runs.map((run) => run.stages?.[name] ?? 0)).toFixed(1));
  return names.length === 0 ? '' : formatTable([names, seconds]);
}

/** A ratio of one loader to another, pair by pair and so free of a machine's moods; undefined without pairs. */
export function pairedRatio(
  ours: readonly Result[],
  theirs: readonly Result[],
  of: (ours: Result, theirs: Result) => number,
): number | undefined {
  const pairs = ours.slice(0, theirs.length).map((mine, i) => of(mine, theirs[i] as Result));
  return pairs.length === 0 ? undefined : median(pairs);
}
