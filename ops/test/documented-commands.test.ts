import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { mover } from '@vatevo/mover';
import { type Called, callProgram } from '@vatevo/shell';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { ops } from '../src/program.ts';
import { root, start } from './support/run-script.ts';
import { sql } from './support/sql.ts';

/** Documents that show commands to those who type them. */
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'ops/README.md', 'packages/db/README.md', 'packages/mover/README.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const PROGRAMS = {
  'ops:': 'ops/bin/vatevo-ops.mjs',
  'db:': 'packages/db/bin/vatevo-db.mjs',
  'mover ': 'packages/mover/bin/mover.mjs',
} as const;

/** Those that tell their help in this process: one of its own takes several times as long. */
const CALLED: ReadonlyMap<string, (args: readonly string[]) => Promise<Called>> = new Map([
  [PROGRAMS['ops:'], (args: readonly string[]) => callProgram(ops, args, {})],
  [PROGRAMS['mover '], (args: readonly string[]) => callProgram(mover, args, {})],
]);

/** Which test runs a command that is shown. */
const RUN_BY: Readonly<Record<string, string>> = {
  'db:check': 'packages/db/test/commands/commands.test.ts',
  'db:deploy': 'packages/db/test/commands/commands.test.ts',
  'db:history': 'packages/db/test/commands/commands.test.ts',
  'db:migrate': 'packages/db/test/commands/commands.test.ts',
  'db:reset': 'packages/db/test/commands/development.test.ts',
  'db:seed': 'packages/db/test/commands/development.test.ts',
  'db:status': 'packages/db/test/commands/commands.test.ts',
  'db:studio': 'packages/db/test/commands/development.test.ts',
  'mover backup': 'packages/mover/test/any-database.test.ts',
  'mover cutover': 'packages/mover/test/any-database.test.ts',
  'mover inspect': 'ops/test/documented-commands.test.ts',
  'mover plan': 'ops/test/documented-commands.test.ts',
  'mover prisma': 'packages/mover/test/prisma/commands.test.ts',
  'mover restore': 'packages/mover/test/any-database.test.ts',
  'mover rollback': 'packages/mover/test/any-database.test.ts',
  'mover schema': 'packages/mover/test/schema/create-tables.test.ts',
  'mover transfer': 'packages/mover/test/any-database.test.ts',
  'mover verify': 'packages/mover/test/any-database.test.ts',
  'ops:after-failover': 'ops/test/failover/after-failover.test.ts',
  'ops:backup': 'ops/test/backup/sqlite.test.ts',
  'ops:check-connection': 'ops/test/check-connection.test.ts',
  'ops:cutover': 'ops/test/cutover/follow.test.ts',
  'ops:distribute': 'ops/test/distribute/distribute.test.ts',
  'ops:drill': 'ops/test/cutover/drill.test.ts',
  'ops:inspect': 'ops/test/transfer/bad-data.test.ts',
  'ops:monitor': 'ops/test/monitor.test.ts',
  'ops:prepare-postgres': 'ops/test/prepare-postgres.test.ts',
  'ops:restore': 'ops/test/backup/sqlite.test.ts',
  'ops:rollback': 'ops/test/cutover/window.test.ts',
  'ops:transfer': 'ops/test/transfer/bad-data.test.ts',
  'ops:verify': 'ops/test/cutover/verify.test.ts',
};
/** Why one is not run. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'db:erd': 'it writes into the sources; db:check compares what it would write with what is there',
};

interface Shown {
  readonly page: string;
  readonly line: string;
  /** As it is typed behind pnpm. */
  readonly typed: string;
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
    const [, kind, name] = /\bpnpm (ops:|db:|mover )([a-z-]+)/.exec(line) ?? [];
    if (kind === undefined || name === undefined) return [];
    const own = line.replace(/ [|#>].*$/, '');
    const options = [...own.matchAll(/(?<= |\[)--[a-z][a-z-]*/g)].map(([option]) => option);
    return [
      {
        page,
        line,
        typed: `${kind}${name}`,
        command: `${PROGRAMS[kind as keyof typeof PROGRAMS]} ${name}`,
        options,
      },
    ];
  });
}

/** The help of a command, and of what it has below it. */
async function helpOf(command: string): Promise<string> {
  const ask = async (args: readonly string[]) => {
    const [program = '', ...own] = [...args, '--help'];
    const asked = await (CALLED.get(program)?.(own) ??
      start(process.execPath, [program, ...own], { cwd: root }).ended);
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

it('every command that is shown is run by a test', () => {
  const shown = PAGES.flatMap(commandsOn).map(({ typed }) => typed);
  expect(Object.keys({ ...RUN_BY, ...NOT_RUN }).toSorted()).toEqual([...new Set(shown)].toSorted());
  for (const [typed, file] of Object.entries(RUN_BY)) {
    const name = typed.replace(/^.*[: ]/, '');
    expect(readFileSync(join(root, file), 'utf8'), `${file} runs ${typed}`).toMatch(
      new RegExp(`['"\`](ops:|db:)?${name}['"\` ]`),
    );
  }
});

it('mover inspect and mover plan work on a database of anybody', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-documented-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'theirs.db');
  new Database(file)
    .exec(`CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (1, 'a')`)
    .close();
  const database = await testDatabase();
  onTestFinished(() => database.drop());
  await sql(database.url, 'CREATE TABLE notes (id int PRIMARY KEY, text text)');
  const run = (name: string, ...args: string[]) =>
    start(process.execPath, [join(root, PROGRAMS['mover ']), name, '--source', file, ...args], {
      env: { POSTGRES_URL: database.url },
    }).ended;
  expect(await run('inspect')).toMatchObject({ code: 0, stderr: '' });
  expect(await run('plan', '--out', join(folder, 'mapping.json'))).toMatchObject({ code: 0, stderr: '' });
});
