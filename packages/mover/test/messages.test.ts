import { expect, it } from 'vitest';
import { folders, sourcesOf } from './sources.ts';

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

const isNamed = (folder: string, text: string) =>
  COMMAND.test(text) || (ENGINE.includes(folder) && OPTION.test(text));

it('names no command and no option below the commands: what to run is for them to add', () => {
  const searched = folders.filter((folder) => !MAY_NAME_COMMANDS.includes(folder));
  const found = searched.flatMap((folder) =>
    sourcesOf(folder).flatMap(({ path, text }) =>
      texts(text)
        .filter((each) => isNamed(folder, each))
        .map((each) => `${path}: ${each}`),
    ),
  );
  expect(searched).toEqual(expect.arrayContaining(ENGINE));
  expect(found).toEqual([]);
  const code = `// 'run ops:x'\nthrow 'give --discard'`;
  expect(texts(code).filter((text) => isNamed('cutover', text))).toEqual([`'give --discard'`]);
});
