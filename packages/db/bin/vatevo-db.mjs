#!/usr/bin/env node
// Starts one of the built commands, and says what to do where they are not built.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const COMMANDS = {
  check: '../dist/check/cli.js',
  migrate: '../dist/migrate/cli.js',
  deploy: '../dist/commands/cli.js',
  status: '../dist/commands/cli.js',
  history: '../dist/commands/cli.js',
  prisma: '../dist/prisma/cli.js',
};

function quit(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}

function notBuilt(what) {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  quit(`${what}: run "pnpm install" and "pnpm build" in ${root}, then try again.`);
}

const name = process.argv[2] ?? '';
if (!Object.hasOwn(COMMANDS, name))
  quit(`There is no command "${name}": ${Object.keys(COMMANDS).join(', ')}.`);
const entry = new URL(COMMANDS[name], import.meta.url);
if (!existsSync(entry)) notBuilt('The database commands are not built yet');
try {
  await import(entry.href);
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  notBuilt('A package that the database commands need is not installed or not built yet');
}
