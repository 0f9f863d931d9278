import { expect, it } from 'vitest';
import { sourcesOf } from './sources.ts';

/** What a module keeps for the whole process, or for its thread, and why that is no state of two moves at once. */
const ALLOWED: Readonly<Record<string, string>> = {
  'transfer/source/sqlite/readers/reader.ts db': 'the file of this thread, which works for one view',
  'transfer/source/sqlite/readers/reader.ts quickEncoders': 'of this thread, which works for one view',
  'transfer/source/sqlite/readers/row-checksums.ts pages': 'of this thread, which works for one view',
  'transfer/source/sqlite/readers/turn.ts collect': 'a function of the engine, looked up once',
  'transfer/source/sqlite/read-head.ts held':
    'descriptors: closing one lets go of every lock that the process has on the file (POSIX)',
  'transfer/source/sqlite/proof/source-rows.ts visitors':
    'compiled code, by the connection that it belongs to',
  'transfer/column-types/timestamp/canonical.ts clocks': 'what a zone is, which never changes',
};

const VARIABLE = /^(?:export )?let (\w+)/gm;
const COLLECTION =
  /^(?:export )?const (\w+)(?:: [^=\n]+)? = (?:new (?:Map|Set|WeakMap|WeakSet)\b|\[\]|\{\}(?=;))/gm;

/** Names of what a module may change while it runs. */
function stateOf(code: string): string[] {
  const variables = [...code.matchAll(VARIABLE)].map(([, name]) => String(name));
  const changed = [...code.matchAll(COLLECTION)]
    .map(([, name]) => String(name))
    .filter((name) =>
      new RegExp(`\\b${name}(\\.(set|add|delete|clear|push|splice)\\(|\\[[^\\]]+\\] = )`).test(code),
    );
  return [...variables, ...changed];
}

it('keeps no state in modules, but for what has a reason', () => {
  const found = ['transfer', 'cutover', 'cutover-state', 'mover', 'shell'].flatMap((folder) =>
    sourcesOf(folder).flatMap(({ path, text }) => stateOf(text).map((name) => `${path} ${name}`)),
  );
  expect(found.toSorted()).toEqual(Object.keys(ALLOWED).toSorted());
  expect(stateOf(`let x;\nconst m = new Map();\nconst s = new Set(['a']);\nm.set(1, 2);`)).toEqual([
    'x',
    'm',
  ]);
});
