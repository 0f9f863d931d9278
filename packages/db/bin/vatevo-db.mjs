#!/usr/bin/env node
// Starts the built command line, and says what to do where it is not built.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

// Parsers and engines are WebAssembly of megabytes, and a command ends before it pays to optimise them.
setFlagsFromString('--no-wasm-tier-up');
setFlagsFromString('--no-wasm-dynamic-tiering');

const cli = new URL('../dist/cli.js', import.meta.url);

function notBuilt(what) {
  process.stderr.write(`error: ${what}: run "pnpm install" and "pnpm build" in ${root()}, then try again.\n`);
  process.exit(2);
}

function root() {
  return fileURLToPath(new URL('../../..', import.meta.url));
}

if (!existsSync(cli)) notBuilt('The database commands are not built yet');
try {
  await import(cli);
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  notBuilt('A package that the database commands need is not installed or not built yet');
}
