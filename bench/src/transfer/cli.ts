#!/usr/bin/env node
import { CommanderError } from 'commander';
import { bench } from './bench.ts';
import { parseOptions } from './options.ts';

try {
  await bench(parseOptions(process.argv.slice(2)), (line) => process.stdout.write(`${line}\n`));
} catch (error) {
  // Commander has printed what is wrong, or the help that was asked for.
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
