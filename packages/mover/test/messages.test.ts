import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const packages = fileURLToPath(new URL('../..', import.meta.url));

/** They are command lines, or know one that they serve. */
const MAY_NAME_COMMANDS = ['mover', 'shell', 'db', 'test-kit'];

/** Texts in quotes, without the comments between them. */
function texts(code: string): string[] {
  const tokens = code.match(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g) ?? [];
  return tokens.filter((token) => !token.startsWith('/'));
}

/** A command of ours, or of the package manager that starts it. */
const COMMAND = /\b(ops|db):[a-z]|\bp?npm (?!install\b)\w|\bmover \w/;

/** An option, or what the environment is asked for; options of node itself are none. */
const OPTION = /POSTGRES_URL|DATABASE_URL|(^|[ (`'])--(?!expose-gc)[a-z$]/;

/** The others start programs with options, or read the environment. */
const ENGINE = ['cutover', 'cutover-state', 'transfer'];

const named = (folder: string, text: string) =>
  COMMAND.test(text) || (ENGINE.includes(folder) && OPTION.test(text));

it('names no command and no option below the commands: what to run is for them to add', () => {
  const folders = readdirSync(packages).filter((folder) => !MAY_NAME_COMMANDS.includes(folder));
  const files = folders.flatMap((folder) =>
    readdirSync(join(packages, folder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({ folder, path: join(packages, folder, 'src', file) })),
  );
  const found = files.flatMap(({ folder, path }) =>
    texts(readFileSync(path, 'utf8'))
      .filter((text) => named(folder, text))
      .map((text) => `${path}: ${text}`),
  );
  expect(files.length).toBeGreaterThan(200);
  expect(found).toEqual([]);
  expect(
    texts(`// 'run ops:x'\nthrow 'give --discard'`).filter((text) => named('cutover', text)),
  ).toHaveLength(1);
});
