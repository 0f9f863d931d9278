import { expect, it } from 'vitest';
import { folders, sourcesOf } from './sources.ts';

/** What a module keeps for the whole process, or for its thread, and why that is no state of two callers at once. */
const ALLOWED: Readonly<Record<string, string>> = {
  '../apps/api/http/authenticate.ts callers': 'by the answer that it belongs to',
  '../apps/api/http/expect-continue.ts unasked': 'by the request that it belongs to',
  '../apps/api/http/limits.ts plans': 'by the schema that it follows from',
  'connection/hosts.ts avoidedUntil':
    'hosts that did not answer: a fact about the network, for every connection',
  'connection/redact.ts learned': 'secrets, which no text of this process may show',
  'connection/warn-once.ts said': 'what was said once in the process',
  'db/postgres/model-query.ts described': 'by the statements that a connection keeps',
  'db/postgres/statement-name.ts once': 'what came once, so that it is told from what comes again',
  'db/postgres/without-description.ts silent': 'by the connection that it belongs to',
  'db/testing/template.ts file': 'a file for tests that is made once',
  'schema-engine/engine/wasm.ts module': 'compiled code, loaded once',
  'schema-engine/engine/wasm.ts panic': 'WebAssembly of a process has one place for its crash',
  'schema-engine/engine/wasm.ts onPanic': 'who waits for that crash',
  'schema-engine/engine/wasm.ts hook': 'the global that all modules of Prisma report to',
  'transfer/source/sqlite/readers/reader.ts reader':
    'the file of this thread, which works for one view at a time',
  'transfer/source/sqlite/readers/turn.ts collect': 'a function of the engine, looked up once',
  'transfer/source/sqlite/hold-open.ts held':
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
  const found = [...folders.filter((folder) => folder !== 'test-kit'), '../apps/api', '../ops'].flatMap(
    (folder) =>
      sourcesOf(folder)
        // A main.ts is a process by itself, and nobody imports it.
        .filter(({ path }) => !path.includes('/generated/') && !path.endsWith('/main.ts'))
        .flatMap(({ path, text }) => stateOf(text).map((name) => `${path} ${name}`)),
  );
  expect(found.toSorted()).toEqual(Object.keys(ALLOWED).toSorted());
  expect(stateOf(`let x;\nconst m = new Map();\nconst s = new Set(['a']);\nm.set(1, 2);`)).toEqual([
    'x',
    'm',
  ]);
});
