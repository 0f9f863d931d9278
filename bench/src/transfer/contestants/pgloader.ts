import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contestant } from '../contestant.ts';
import { runProgram } from '../run-program.ts';

/** MB of heap; the default of Debian's build is exhausted by rows with XML in them. */
const HEAP = 4096;

/**
 * pgloader, given more memory, workers and larger batches than its defaults, which run out of heap. It cannot
 * compute the columns that the migrated tables derive (the hash of a key, the tenant of an event), so it
 * loads tables that it creates itself, without any index or key: less work than ours.
 */
export const pgloader: Contestant = {
  name: 'pgloader',
  needs: ['pgloader'],
  run: (arena) =>
    arena.withDatabase(async (url) => {
      // A file, not an argument: the URL holds the password.
      const script = join(arena.folder, 'pgloader.load');
      await writeFile(script, loadCommand(arena.source, url), { mode: 0o600 });
      const args = ['--dynamic-space-size', String(HEAP), script];
      const { seconds, peakBytes, output } = await runProgram('pgloader', args);
      return { copySeconds: readSeconds(output), wholeSeconds: seconds, peakBytes };
    }),
};

function loadCommand(source: string, url: string): string {
  return `LOAD DATABASE FROM sqlite://${source} INTO ${url}
    WITH create tables, create no indexes, no foreign keys, reset no sequences,
         workers = 4, concurrency = 2, batch rows = 25000, batch size = 20MB, prefetch rows = 25000
    SET synchronous_commit TO 'off';`;
}

/** pgloader's own account of the copy, `1m5.250s` or `26.232s`, which leaves its start-up out. */
export function readSeconds(output: string): number {
  const found = /Total import time.*\s(?:(\d+)m)?(\d+(?:\.\d+)?)s\s*$/m.exec(output);
  if (!found) throw new Error(`pgloader printed no time: ${output.slice(-500)}`);
  return Number(found[1] ?? 0) * 60 + Number(found[2]);
}
