import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { PG_TYPES } from '../src/column-types/registry.ts';
import { makePair } from './support.ts';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const root = join(packageFolder, '../..');
const page = readFileSync(join(root, 'docs/column-types.md'), 'utf8');

/** Inside the package, where the engine's own imports are found. */
const scratches: string[] = [];
afterAll(() => {
  for (const folder of scratches) rmSync(folder, { recursive: true, force: true });
});

/** A copy of the engine's sources, laid out as in the workspace. */
function copySources(): { readonly folder: string; readonly types: string } {
  const folder = mkdtempSync(join(packageFolder, 'node_modules', '.recipe-'));
  scratches.push(folder);
  const source = join(folder, 'packages/transfer/src');
  cpSync(join(packageFolder, 'src'), source, { recursive: true });
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: { rootDir: source, outDir: join(folder, 'dist') },
      include: ['packages/transfer/src'],
    }),
  );
  return { folder, types: join(source, 'column-types') };
}

/** The files that the page shows, by their paths; of the registry, the lines that are added. */
function shownFiles(): Map<string, string> {
  const blocks = [...page.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)];
  return new Map(blocks.map(([, path = '', text = '']) => [path, text]));
}

function follow(types: string, but: (path: string, text: string) => string = (_, text) => text): void {
  for (const [path, shown] of shownFiles()) {
    const text = but(path, shown);
    const file = join(types, path.replace('macaddr8', but('', 'macaddr8')));
    mkdirSync(dirname(file), { recursive: true });
    if (path !== 'registry.ts') writeFileSync(file, text);
    else {
      const [added = '', line = ''] = text.split('\n');
      const registry = readFileSync(file, 'utf8').replace('const COLUMN_TYPES = {', `$&\n${line}`);
      writeFileSync(file, `${added}\n${registry}`);
    }
  }
}

async function compile(folder: string): Promise<string> {
  return run(join(root, 'node_modules/.bin/tsc'), ['-p', folder]).then(
    () => '',
    (failed: { stdout: string }) => failed.stdout,
  );
}

async function cruise(folder: string): Promise<string> {
  const options = ['--config', join(root, '.dependency-cruiser.mjs'), '--output-type', 'err'];
  return run(join(root, 'node_modules/.bin/depcruise'), [...options, 'packages/transfer/src'], {
    cwd: folder,
  }).then(
    () => '',
    (failed: { stdout: string }) => failed.stdout,
  );
}

describe.concurrent('a type that is added as docs/column-types.md says', { timeout: 600_000 }, () => {
  it('is planned, carried and proven', async ({ expect }) => {
    const { folder, types } = copySources();
    follow(types);
    expect(await compile(folder)).toBe('');
    await run(
      join(packageFolder, 'node_modules/.bin/rolldown'),
      ['-c', join(packageFolder, 'rolldown.config.mjs')],
      { cwd: folder },
    );
    const built = (file: string) => import(pathToFileURL(join(folder, 'dist', file)).href);
    const { transfer } = await built('index.js');
    const { examples } = await built('column-types/macaddr8/examples.js');
    const rows = fc.sample<string>(examples[0].values, 50).map((value, i) => `(${i + 1}, '${value}')`);
    const pair = await makePair(
      `CREATE TABLE device (id INTEGER PRIMARY KEY, address TEXT);
       INSERT INTO device VALUES (100, NULL), ${rows.join(', ')};`,
      'CREATE TABLE device (id int PRIMARY KEY, address macaddr8)',
    );
    try {
      // Threads that are kept for other tests know nothing of the new type.
      const { threads: _, ...endpoints } = pair.endpoints;
      expect(await transfer({ ...endpoints, readers: 1 })).toMatchObject({
        outcome: 'transferred',
        verification: { equal: true },
      });
    } finally {
      await pair.drop();
    }
  });

  it('does not compile while an answer is missing', async ({ expect }) => {
    const { folder, types } = copySources();
    for (const answer of ANSWERS) {
      const line = new RegExp(`^ +${answer}: .*\n`, 'm');
      follow(types, (path, text) => {
        const renamed = text.replaceAll('macaddr8', `without_${answer}`);
        return path.endsWith('index.ts') ? renamed.replace(line, '') : renamed;
      });
    }
    const errors = await compile(folder);
    for (const answer of ANSWERS) {
      expect(errors).toMatch(new RegExp(`without_${answer}/index.ts.*'${answer}' is missing in type`));
    }
  });

  // That what is there passes them is a part of every lint.
  it.runIf(process.env.VATEVO_TEST_LONG === '1')('passes the boundaries', async ({ expect }) => {
    const { folder, types } = copySources();
    follow(types);
    expect(await cruise(folder)).toBe('');
  });

  it('is held by each of them', async ({ expect }) => {
    const { folder, types } = copySources();
    follow(types);
    for (const [path, line] of TRESPASSES) {
      const file = join(types, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${line}\n`, { flag: 'a' });
    }
    const errors = await cruise(folder);
    for (const [path, , rule] of TRESPASSES) {
      expect(errors).toMatch(new RegExp(`error ${rule}: .*${basename(path)}`));
    }
  });
});

const ANSWERS = [
  'encode',
  'canonical',
  'digestSql',
  'restore',
  'modifier',
  'shown',
  'isOpen',
  'equality',
  'family',
  'clock',
];

/** Files below the types' folder, what they must not import, and the boundary that says so. */
const TRESPASSES = [
  ['macaddr8/canonical.ts', `import '../encode/calendar.ts';`, 'proof-alone'],
  ['macaddr8/encode.ts', `import '../canonical/hex.ts';`, 'copy-alone'],
  ['macaddr8/restore.ts', `import '../canonical/hex.ts';`, 'restore-alone'],
  ['macaddr8/index.ts', `import '../uuid/canonical.ts';`, 'types-do-not-know-each-other'],
  ['registry.ts', `import '../quote.ts';`, 'column-types-are-a-leaf'],
  ['types.ts', `import './encode/calendar.ts'; import './canonical/hex.ts';`, 'types-have-no-code'],
  ['../quote.ts', `import './column-types/uuid/index.ts';`, 'types-are-asked-through-the-registry'],
  ['../source/sqlite/proof/canonical.ts', `import '../pages/record.ts';`, 'verification-knows-no-encoder'],
  ['forgotten/index.ts', 'export {};', 'every-type-is-registered'],
  ['../source/sqlite/size.ts', `import '../../target/postgres/lock.ts';`, 'source-knows-no-target'],
  ['../target/postgres/lock.ts', `import '../../pipeline/copy.ts';`, 'target-knows-no-source'],
  ['canonical/types.ts', `import '../types.ts';`, 'proof-never-reaches-copy'],
  ['encode/types.ts', `import '../types.ts';`, 'copy-never-reaches-proof'],
] as const;

/** Words of SQL, SQLite or JavaScript as well: as strings they prove nothing. */
const WORDS = new Set(['array', 'date', 'enum', 'json', 'numeric', 'text', 'timestamp', 'uuid']);

/** The registry, and what a column of a file may become. */
const NAMES_TYPES = /^transfer\/src\/column-types\/|^mover\/src\/schema\/types\/types\.ts$/;

it('no table or switch over type names is kept outside of the registry', () => {
  const names = PG_TYPES.filter((name) => !WORDS.has(name)).join('|');
  // To look a type up in the registry is what a type's name is for.
  const signs = new RegExp(
    String.raw`'(?:${names})'|^\s*(?:${names}): |(?<!findColumnType\((?:\w+\.)?)\btype\.name\b|\btype: \{ name`,
    'm',
  );
  const found = ['transfer/src', 'cutover/src', 'mover/src']
    .flatMap((folder) => sources(join(root, 'packages', folder)).map((file) => `${folder}/${file}`))
    .filter((file) => !NAMES_TYPES.test(file))
    .filter((file) => signs.test(readFileSync(join(root, 'packages', file), 'utf8')));
  expect(found).toEqual([]);
});

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
