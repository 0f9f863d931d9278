#!/usr/bin/env node
import('@vatevo/shell/start').then(
  ({ start }) => start('the ops commands', new URL('../dist/cli.js', import.meta.url)),
  () => {
    const root = new URL('../..', import.meta.url).pathname;
    process.stderr.write(
      `error: Nothing is installed yet: run "pnpm install" and "pnpm build" in ${root}, then try again.\n`,
    );
    process.exitCode = 2;
  },
);
