import { statSync } from 'node:fs';
import { legacyFile, rowsAt } from '../generate-legacy.ts';
import type { Loader, Result } from './loader.ts';
import { engine } from './loaders/engine.ts';
import { limit } from './loaders/limit.ts';
import { pgloader } from './loaders/pgloader.ts';
import { sqlitePsql } from './loaders/sqlite-psql.ts';
import { machineFacts } from './machine.ts';
import type { BenchOptions } from './options.ts';
import { findProgram } from './programs.ts';
import { pairedRatio, type Results, resultsTable, type Source, stageTable } from './results.ts';
import { count } from './table.ts';
import { Testbed } from './testbed.ts';

/**
 * Loads one and the same file in every way that is installed, in turns, so that a machine whose speed drifts
 * drifts for all of them.
 *
 * @param say takes a line of the report
 * @param path where programs are looked for, as in PATH
 */
export async function bench(
  { scale, runs, programs }: BenchOptions,
  say: (line: string) => void,
  path?: string,
): Promise<Results> {
  const file = await legacyFile(scale);
  const source: Source = {
    rows: Object.values(rowsAt(scale)).reduce((sum, rows) => sum + rows, 0),
    bytes: statSync(file).size,
  };
  const ready = limit();
  const loaders = [engine, pgloader, sqlitePsql, ready];
  const results = new Map<string, Result[]>(loaders.map(({ name }) => [name, []]));
  const testbed = await Testbed.open(file, programs);
  try {
    say(
      `${count(source.rows)} rows, ${count(source.bytes / 1e6)} MB of SQLite; ${await machineFacts(testbed)}`,
    );
    const entered = loaders.filter((loader) => isInstalled(loader, say, path));
    for (let run = 1; run <= runs; run++) {
      for (const loader of entered) {
        const result = await loader.run(testbed);
        results.get(loader.name)?.push(result);
        say(`run ${run} of ${runs}: ${loader.name}: copy ${result.copySeconds.toFixed(1)} s`);
      }
    }
  } finally {
    await testbed.close();
  }
  const of = ({ name }: Loader) => results.get(name) ?? [];
  say('');
  say(resultsTable(results, source));
  say('');
  say(`Stages of ${engine.name}, seconds:`);
  say(stageTable(of(engine)));
  say('');
  const copyTo = (other: Loader) =>
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

function isInstalled({ name, needs }: Loader, say: (line: string) => void, path?: string): boolean {
  const missing = needs.filter((program) => findProgram(program, path) === undefined);
  if (missing.length > 0) say(`skipped: ${name} (not installed: ${missing.join(', ')})`);
  return missing.length === 0;
}

function sayRatio(say: (line: string) => void, what: string, ratio: number | undefined): void {
  if (ratio !== undefined) say(`${ratio.toFixed(2)} × ${what}`);
}
