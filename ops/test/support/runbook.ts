import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run-script.ts';

/** The command lines that a chapter of the runbook shows, in its order. */
export function commandsOf(chapter: string): string[] {
  const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  const text = runbook.split(/^## /m).find((part) => part.startsWith(`${chapter}\n`));
  if (text === undefined) throw new Error(`The runbook has no chapter "${chapter}".`);
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block.split('\n').filter((line) => line !== ''),
  );
}

/** A PATH on which `pnpm SCRIPT` runs the root script as npm would, which itself takes as long as the command. */
export function pathWithPnpm(folder: string): string {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const cases = Object.entries(scripts)
    .filter(([name]) => /^(ops|db):/.test(name))
    .map(([name, script]) => `${name}) exec ${script.replace(/^exec /, '')} "$@";;`);
  mkdirSync(join(folder, 'bin'));
  writeFileSync(
    join(folder, 'bin/pnpm'),
    `#!/bin/sh\nscript=$1; shift\nexport INIT_CWD="$PWD"\ncd '${root}'\ncase "$script" in\n${cases.join('\n')}\nesac\necho "There is no script $script." >&2; exit 1\n`,
    { mode: 0o755 },
  );
  return `${join(folder, 'bin')}:${process.env.PATH}`;
}
