#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// Parsers and engines are WebAssembly of megabytes, and a command ends before it pays to optimise them.
setFlagsFromString('--no-wasm-tier-up');
setFlagsFromString('--no-wasm-dynamic-tiering');

import('@vatevo/shell/start').then(
  ({ start }) => start('the database commands', new URL('../dist/cli.js', import.meta.url)),
  () => {
    const root = new URL('../../..', import.meta.url).pathname;
    process.stderr.write(
      `error: Nothing is installed yet: run "pnpm install" and "pnpm build" in ${root}, then try again.\n`,
    );
    process.exitCode = 2;
  },
);
