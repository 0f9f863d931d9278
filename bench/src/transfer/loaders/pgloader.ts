import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Loader } from '../loader.ts';
import { runProgram } from '../run-program.ts';
import { withClient } from '../testbed.ts';

/** MB of heap; the default of Debian's build is exhausted by rows with XML in them. */
const HEAP = 4096;

/**
 * What is done by hand so that it can load tables that are there: it computes nothing that it does not read, so
 * derived columns stay empty, and the keys come in clear.
 */
const MAKE_ROOM = `
  ALTER TABLE tenants ALTER api_key_hash DROP NOT NULL, ALTER api_key_prefix DROP NOT NULL, ADD api_key text;
  ALTER TABLE webhook_events ALTER tenant_id DROP NOT NULL`;

/**
 * pgloader, given more memory, workers and larger batches than its defaults, which run out of heap, into tables
 * with our column types and neither index nor key: less work than ours. (Left to make its own tables, it stores
 * amounts as text and documents as unparsed json; it is then a tenth faster, and what it loaded is not what
 * anybody wants.)
 */
export const pgloader: Loader = {
  name: 'pgloader',
  needs: ['pgloader'],
  run: (testbed) =>
    testbed.withBareTables(async (url) => {
      await withClient(url, (client) => client.query(MAKE_ROOM));
      // A file, not an argument: the URL holds the password.
      const script = join(testbed.folder, 'pgloader.load');
      await writeFile(script, loadCommand(testbed.source, url), { mode: 0o600 });
      const args = ['--dynamic-space-size', String(HEAP), script];
      const { done, serverSeconds } = await testbed.countingServer(() => runProgram('pgloader', args));
      const { seconds, peakBytes, processorSeconds: programSeconds, output } = done;
      return {
        copySeconds: readSeconds(output),
        wholeSeconds: seconds,
        peakBytes,
        programSeconds,
        serverSeconds,
      };
    }),
};

function loadCommand(source: string, url: string): string {
  return `LOAD DATABASE FROM sqlite://${source} INTO ${url}
    WITH data only, create no tables, create no indexes, no foreign keys, reset no sequences,
         workers = 4, concurrency = 2, batch rows = 25000, batch size = 20MB, prefetch rows = 25000
    SET synchronous_commit TO 'off';`;
}

/** pgloader's own account of the copy, `1m5.250s` or `26.232s`, which leaves its start-up out. */
export function readSeconds(output: string): number {
  const found = /Total import time.*\s(?:(\d+)m)?(\d+(?:\.\d+)?)s\s*$/m.exec(output);
  if (!found) throw new Error(`pgloader printed no time: ${output.slice(-500)}`);
  return Number(found[1] ?? 0) * 60 + Number(found[2]);
}
