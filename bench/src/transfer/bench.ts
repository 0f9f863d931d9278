import { statSync } from 'node:fs';
import { legacyFile, rowsAt } from '../generate-legacy.ts';
import { Arena } from './arena.ts';
import type { Contestant, Result } from './contestant.ts';
import { engine } from './contestants/engine.ts';
import { limit } from './contestants/limit.ts';
import { pgloader } from './contestants/pgloader.ts';
import { sqlitePsql } from './contestants/sqlite-psql.ts';
import { machineFacts } from './machine.ts';
import type { BenchOptions } from './options.ts';
import { findProgram } from './programs.ts';
import { pairedRatio, type Results, type Source, stageTable, standings } from './standings.ts';
import { count } from './table.ts';

/**
 * Loads one and the same file in every way that is installed, in turns, so that a machine whose speed drifts
 * drifts for all of them.
 *
 * @param say takes a line of the report
 * @param path where programs are looked for, as in PATH
 */
export async function bench(
  { scale, runs }: BenchOptions,
  say: (line: string) => void,
  path?: string,
): Promise<Results> {
  const file = await legacyFile(scale);
  const source: Source = {
    rows: Object.values(rowsAt(scale)).reduce((sum, rows) => sum + rows, 0),
    bytes: statSync(file).size,
  };
  const ready = limit();
  const contestants = [engine, pgloader, sqlitePsql, ready];
  const results = new Map<string, Result[]>(contestants.map(({ name }) => [name, []]));
  const arena = await Arena.open(file);
  try {
    say(
      `${count(source.rows)} rows, ${count(source.bytes / 1e6)} MB of SQLite; ${await machineFacts(arena)}`,
    );
    const entered = contestants.filter((contestant) => isInstalled(contestant, say, path));
    for (let run = 1; run <= runs; run++) {
      for (const contestant of entered) {
        const result = await contestant.run(arena);
        results.get(contestant.name)?.push(result);
        say(`run ${run} of ${runs}: ${contestant.name}: copy ${result.copySeconds.toFixed(1)} s`);
      }
    }
  } finally {
    await arena.close();
  }
  const of = ({ name }: Contestant) => results.get(name) ?? [];
  say('');
  say(standings(results, source));
  say('');
  say(`Stages of ${engine.name}, seconds:`);
  say(stageTable(of(engine)));
  say('');
  const copyTo = (other: Contestant) =>
    pairedRatio(of(engine), of(other), (ours, theirs) => theirs.copySeconds / ours.copySeconds);
  // The engine encodes rows while it inspects them; pgloader reads, encodes and sends at once.
  const encodedTo = pairedRatio(
    of(engine),
    of(pgloader),
    ({ copySeconds, stages }, theirs) => theirs.copySeconds / (copySeconds + (stages?.inspect ?? 0)),
  );
  const wholeTo = pairedRatio(
    of(engine),
    of(pgloader),
    (ours, theirs) => ours.wholeSeconds / theirs.copySeconds,
  );
  sayRatio(say, 'rows/s of the copy to those of pgloader', copyTo(pgloader));
  sayRatio(say, 'rows/s of the copy to the limit', copyTo(ready));
  sayRatio(say, 'rows/s of inspection and copy together to those of pgloader', encodedTo);
  sayRatio(say, 'the whole run, verified, to the copy of pgloader alone', wholeTo);
  return results;
}

function isInstalled({ name, needs }: Contestant, say: (line: string) => void, path?: string): boolean {
  const missing = needs.filter((program) => findProgram(program, path) === undefined);
  if (missing.length > 0) say(`skipped: ${name} (not installed: ${missing.join(', ')})`);
  return missing.length === 0;
}

function sayRatio(say: (line: string) => void, what: string, ratio: number | undefined): void {
  if (ratio !== undefined) say(`${ratio.toFixed(2)} × ${what}`);
}
