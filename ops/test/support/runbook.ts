import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call } from './call.ts';
import { type Outcome, root, start } from './run-script.ts';

/** The command lines that a chapter of the runbook shows, in its order. */
export function commandsOf(chapter: string): string[] {
  const runbook = readFileSync(join(root, 'docs/runbook.md'), 'utf8');
  const text = runbook.split(/^## /m).find((part) => part.startsWith(`${chapter}\n`));
  if (text === undefined) throw new Error(`The runbook has no chapter "${chapter}".`);
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block.split('\n').filter((line) => line !== ''),
  );
}

/** Where a line is typed. */
interface Place {
  readonly cwd: string;
  readonly env: Record<string, string>;
}

/**
 * Does a line of the runbook: a command of ours in this process, since one of its own takes twice as long, and whatever
 * else it is in a shell.
 */
export function type(line: string, { cwd, env }: Place): Promise<Outcome> {
  const [pnpm, script = '', ...args] = line.split(' ');
  const command = /^node ops\/bin\/vatevo-ops\.mjs (.*)$/.exec(rootScripts()[script] ?? '')?.[1];
  if (pnpm !== 'pnpm' || command === undefined) return start('sh', ['-c', line], { cwd, env }).ended;
  return call([...command.split(' '), ...args], { INIT_CWD: cwd, ...env });
}

function rootScripts(): Record<string, string> {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
}

/** A PATH on which `pnpm SCRIPT` runs the root script as npm would, which itself takes as long as the command. */
export function pathWithPnpm(folder: string): string {
  const cases = Object.entries(rootScripts())
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
