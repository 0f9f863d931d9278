#!/usr/bin/env node
// Entry point of `pnpm bench:live`.
import { statSync } from 'node:fs';
import { Command } from 'commander';
import { legacyFile } from '../generate-legacy.ts';
import { machineFacts } from '../transfer/machine.ts';
import { count } from '../transfer/table.ts';
import { Testbed } from '../transfer/testbed.ts';
import { JOURNALS, liveTable, measureLive } from './measure.ts';

/** Milliseconds. */
const ALONE_MS = 5_000;

const { scale, runs, writes, journal } = new Command('bench:live')
  .description('Times the start of a live move, beside a writer, against the transfer of the same file.')
  .option('--scale <factor>', 'size of the file: 1 is 1.3 GB', Number, 0.25)
  .option('--runs <count>', 'how often each is done; medians are printed', Number, 3)
  .option('--writes <count>', 'how often the other process writes in a second; 0 for none', Number, 50)
  .option('--journal <modes...>', 'delete, wal, or both', [...JOURNALS])
  .parse()
  .opts<{ scale: number; runs: number; writes: number; journal: string[] }>();

const source = await legacyFile(scale);
const testbed = await Testbed.open(source);
try {
  console.log(`${count(statSync(source).size / 1e6)} MB of SQLite; ${await machineFacts(testbed)}`);
  const journals = JOURNALS.filter((mode) => journal.includes(mode));
  console.log(`\n${liveTable(await measureLive(testbed, { runs, writes, journals, aloneMs: ALONE_MS }))}`);
} finally {
  await testbed.close();
}
