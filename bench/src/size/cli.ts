#!/usr/bin/env node
// Entry point of `pnpm bench:size`.
import { Command } from 'commander';
import { legacyFile } from '../generate-legacy.ts';
import { machineFacts } from '../transfer/machine.ts';
import { count } from '../transfer/table.ts';
import { Testbed } from '../transfer/testbed.ts';
import { measureSizes } from './measure.ts';
import { growthTable, indexTable, rowTable } from './project.ts';

const GROWTH = [1e6, 1e7, 1e8, 1e9];

const { scale } = new Command('bench:size')
  .description(
    'Bytes that a row takes in PostgreSQL with its indexes, and what that is for up to a billion invoices.',
  )
  .option('--scale <factor>', 'size of the sample: 1 is 500,000 invoices and 1,000,000 events', Number, 0.2)
  .parse()
  .opts<{ scale: number }>();

const testbed = await Testbed.open(await legacyFile(scale));
try {
  console.log(`${await machineFacts(testbed)}\n`);
  const measured = await measureSizes(testbed);
  console.log(`${rowTable(measured.tables)}\n\n${indexTable(measured.tables)}\n`);
  console.log(`${growthTable(measured.tables, GROWTH)}\n`);
  console.log(
    `${count(measured.walAnInvoice)} bytes of the log for one invoice with its event; ` +
      `${count(measured.forgottenASecond)} delivered events deleted in a second; ` +
      `${measured.vacuumSeconds.toFixed(1)} s to vacuum their table behind them`,
  );
  const { partitions, lookup, nextTenant, largestShare } = measured.partitioned;
  const pair = ([whole, parts]: readonly [number, number]) => `${count(parts)} µs instead of ${count(whole)}`;
  console.log(
    `events in ${partitions} partitions by hash of the tenant: a lookup by key ${pair(lookup)}; ` +
      `the next tenant with something due ${pair(nextTenant)}; the largest partition has ${(largestShare * 100).toFixed(1)} %`,
  );
} finally {
  await testbed.close();
}
