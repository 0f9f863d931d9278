import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, start } from './support/run-script.ts';

/** Documents that show commands to those who type them. */
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'ops/README.md', 'packages/db/README.md', 'packages/mover/README.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const PROGRAMS = { 'ops:': 'ops/bin/vatevo-ops.mjs', 'mover ': 'packages/mover/bin/mover.mjs' } as const;

interface Shown {
  readonly page: string;
  readonly line: string;
  /** What `--help` is asked of, such as `ops/bin/vatevo-ops.mjs cutover`. */
  readonly command: string;
  readonly options: readonly string[];
}

/** The command lines in code, with the options that they show. */
function commandsOn(page: string): Shown[] {
  const text = readFileSync(join(root, page), 'utf8');
  const code = [...text.matchAll(/^```sh$(.*?)^```$|`([^`\n]+)`/gms)].flatMap(([, block, span]) =>
    (block ?? span ?? '').replaceAll('\\\n', ' ').split('\n'),
  );
  return code.flatMap((line) => {
    const [, kind, name] = /\bpnpm (ops:|mover )([a-z-]+)/.exec(line) ?? [];
    if (kind === undefined || name === undefined) return [];
    const own = line.replace(/ [|#>].*$/, '');
    const options = [...own.matchAll(/(?<= |\[)--[a-z][a-z-]*/g)].map(([option]) => option);
    return [{ page, line, command: `${PROGRAMS[kind as keyof typeof PROGRAMS]} ${name}`, options }];
  });
}

/** The help of a command, and of what it has below it. */
async function helpOf(command: string): Promise<string> {
  const ask = async (args: readonly string[]) => {
    const asked = await start(process.execPath, [...args, '--help'], { cwd: root }).ended;
    expect(asked, `${args.join(' ')} --help`).toMatchObject({ code: 0 });
    return asked.stdout;
  };
  const words = command.split(' ');
  const own = await ask(words);
  const [, list = ''] = /^Commands:\n(.*)/ms.exec(own) ?? [];
  const below = [...list.matchAll(/^ {2}([a-z]+)(?= |$)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
  return [own, ...(await Promise.all(below.map((name) => ask([...words, name]))))].join('\n');
}

it('every command that is shown exists, with every option that is shown', async () => {
  const shown = PAGES.flatMap(commandsOn);
  const commands = [...new Set(shown.map(({ command }) => command))];
  expect(commands.length).toBeGreaterThan(10);
  const help = new Map<string, string>();
  for (const command of commands) help.set(command, await helpOf(command));
  const unknown = shown.flatMap(({ page, line, command, options }) =>
    options
      .filter((option) => !new RegExp(`${option}(?![a-z-])`).test(help.get(command) ?? ''))
      .map((option) => `${page}: ${option} in "${line}"`),
  );
  expect(unknown).toEqual([]);
});
