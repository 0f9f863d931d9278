import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

// The scripts of every package.json are run by `sh` here and by `cmd.exe` on Windows.

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = [
  '.',
  ...['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  ),
  ...['ops', 'bench', 'scripts', 'deploy'],
];

/** What the two shells read in different ways, or only one of them: quotes, variables, jobs, patterns, redirections. */
const OF_ONE_SHELL = /['$`;|<>\\{}~%^!]|(?<!&)&(?!&)/;

interface Script {
  readonly name: string;
  readonly folder: string;
  readonly text: string;
}

const scripts: readonly Script[] = folders.flatMap((folder) => {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return Object.entries<string>(manifest.scripts ?? {}).map(([name, text]) => ({
    name: `${folder} ${name}`,
    folder,
    text,
  }));
});

/** Node, pnpm, or a program that is installed for the package: nothing that only some systems have. */
function isEverywhere(program: string, folder: string): boolean {
  const installed = [folder, '.'].some((at) => existsSync(join(root, at, 'node_modules/.bin', program)));
  return program === 'node' || program === 'pnpm' || installed;
}

it.each(scripts)('$name is read alike by sh and cmd.exe', ({ folder, text }) => {
  expect(text).not.toMatch(OF_ONE_SHELL);
  for (const command of text.split('&&')) {
    const [program = '', ...words] = command.trim().split(' ');
    // A word of sh, and a file beside the root's package.json for cmd.exe.
    const [started] = program === 'exec' && folder === '.' ? words : [program];
    expect(started, command).toSatisfy((name: string) => isEverywhere(name, folder));
    // cmd.exe leaves patterns as they are; this one looks for the files itself.
    if (program !== 'depcruise') expect(command).not.toContain('*');
  }
});

it('exec is a command of cmd.exe, too, which runs what follows', () => {
  expect(scripts.filter(({ text }) => text.startsWith('exec ')).length).toBeGreaterThan(0);
  expect(readFileSync(join(root, 'exec.cmd'), 'latin1')).toBe('@%*\r\n');
});
