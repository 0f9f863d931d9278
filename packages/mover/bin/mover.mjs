#!/usr/bin/env node
// Starts the built command line, and says what to do where it is not built.
import { closeSync, existsSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = new URL('../dist/cli.js', import.meta.url);

function notBuilt(what) {
  process.stderr.write(`error: ${what}: run "pnpm install" and "pnpm build" in ${root()}, then try again.\n`);
  process.exit(2);
}

function root() {
  return fileURLToPath(new URL('../../..', import.meta.url));
}

/** Node says of a module that it could not open only that it is not there. */
function hasTooFewFiles() {
  const opened = [];
  try {
    while (opened.length < 64) opened.push(openSync(process.execPath, 'r'));
    return false;
  } catch {
    return true;
  } finally {
    for (const file of opened) closeSync(file);
  }
}

if (!existsSync(cli)) notBuilt('The mover is not built yet');
try {
  await import(cli);
} catch (error) {
  if (hasTooFewFiles()) {
    process.stderr.write(
      'error: This process may have too few files open: raise the limit (ulimit -n 1024).\n',
    );
    process.exit(2);
  }
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  notBuilt('A package that the mover needs is not installed or not built yet');
}
