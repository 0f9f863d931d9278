import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from '@vatevo/test-kit/program';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newCommand } from '../lib/new/command.mjs';
import { newModel } from '../lib/new/model.mjs';
import { newPackage } from '../lib/new/package.mjs';

const LONG = process.env.VATEVO_TEST_LONG === '1';
const workspace = fileURLToPath(new URL('../..', import.meta.url));
const LEFT_OUT = new Set(['node_modules', 'dist', 'generated', '.git', '.turbo', '.local', 'coverage']);

/** The sources of the workspace, with what is installed by links, and so with what is built of its packages. */
let copy: string;

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'vatevo-new-'));
  cpSync(workspace, copy, { recursive: true, filter: (file) => !LEFT_OUT.has(basename(file)) });
  const packages = (await readdir(join(workspace, 'packages'))).map((name) => `packages/${name}`);
  for (const folder of ['.', 'ops', ...packages]) link(`${folder}/node_modules`);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** @param from of the workspace, where it is not the same */
function link(to: string, from = to): void {
  symlinkSync(join(workspace, from), join(copy, to));
}

/** Runs a program in the copy; what it says is shown when it fails. */
async function succeeds(folder: string, program: string, ...args: string[]): Promise<void> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR };
  const { code, stdout, stderr } = await startProgram(program, args, { cwd: join(copy, folder), env }).ended;
  expect({ program, code, said: code === 0 ? '' : stdout + stderr }).toEqual({ program, code: 0, said: '' });
}
const bin = (name: string) => join(workspace, 'node_modules/.bin', name);

async function passesTheChecks(folder: string, files: readonly string[]): Promise<void> {
  await succeeds(folder, bin('tsc'), '-p', 'tsconfig.json', '--noEmit');
  const sources = files.filter((file) => !file.endsWith('.md'));
  // The copy is no repository of git, whose ignored files the linter asks for.
  await succeeds('.', bin('biome'), 'check', '--vcs-enabled=false', ...sources);
}

describe('new:package', () => {
  it('makes one that builds, passes the checks and its own test', { timeout: 240_000 }, async () => {
    const files = newPackage(copy, ['price-list', 'prices | and nothing else']);
    link('packages/price-list/node_modules', 'packages/shell/node_modules');
    await passesTheChecks('packages/price-list', files);
    await succeeds('packages/price-list', bin('tsc'), '-p', 'tsconfig.build.json');
    await succeeds('packages/price-list', bin('vitest'), 'run');
    // The table of packages is held to package.json there.
    await succeeds('.', process.execPath, 'scripts/lint-docs.mjs');
    // Its part of the lockfile needs nothing from elsewhere.
    await succeeds('.', 'pnpm', 'install', '--lockfile-only', '--offline', '--no-frozen-lockfile');
  });

  it.each([
    [[], 'Nothing cannot be the name of a package: small letters, digits and hyphens'],
    [['Money'], '"Money" cannot be the name of a package'],
    [['a--b'], '"a--b" cannot be the name of a package'],
    [['db'], 'There is packages/db already'],
    [['api'], 'There is apps/api already'],
    [['docs'], 'There is docs already'],
  ])('refuses %j', (args, said) => {
    expect(() => newPackage(copy, args)).toThrow(said);
  });
});

describe('new:command', () => {
  it.runIf(LONG)(
    'makes one that passes the checks and a test of its exit codes',
    { timeout: 240_000 },
    async () => {
      await passesTheChecks('ops', newCommand(copy, ['list-tables']));
      await succeeds('ops', bin('tsc'), '-p', 'tsconfig.build.json');
      // Its own, and the one that asks for a test of each command that is shown.
      const tests = ['list-tables', 'documented-commands'].map((name) => `test/${name}.test.ts`);
      await succeeds('ops', bin('vitest'), 'run', ...tests, '-t', '^answers|^exits|is run by a test');
    },
  );

  it.each([
    [[], 'Nothing cannot be the name of a command'],
    [['listTables'], '"listTables" cannot be the name of a command'],
    [['help'], '"help" is reserved'],
    [['monitor'], 'There is a command monitor already'],
    [['plan'], 'There is a command plan already'],
    [['legacy'], 'There is a folder ops/src/legacy already'],
  ])('refuses %j', (args, said) => {
    expect(() => newCommand(copy, args)).toThrow(said);
  });
});

// What a model is made of, and that it holds, is tried in packages/db/test/tenancy/new-model.test.ts.
describe('new:model', () => {
  it.each([
    [[], 'Nothing cannot be the name of a model: a capital, then letters and digits'],
    [['creditNote'], '"creditNote" cannot be the name of a model'],
    [['Invoice'], 'The schema has model Invoice already'],
    [['CountryCode'], 'The schema has enum CountryCode already'],
    [['Outbox'], '"Outbox" is reserved, db.outbox is something else'],
    [['PrismaClient'], 'Prisma does not take the model PrismaClient'],
    [['Gap', 'size'], '"size" is no field: write NAME:TYPE'],
    [['Gap', 'size:Size'], 'The type "Size" of the field "size" is none of String, Int'],
    [['Gap', 'id:Int'], 'Every model has a field "id"'],
    [['Gap', 'size:Int', 'size:Int'], 'The field "size" is there twice'],
  ])('refuses %j, and writes nothing', (args, said) => {
    const schema = join(copy, 'packages/db/prisma/postgres/schema.prisma');
    const before = readFileSync(schema, 'utf8');
    expect(() => newModel(copy, args)).toThrow(said);
    expect(readFileSync(schema, 'utf8')).toBe(before);
  });

  it('refuses the name of a table that is there, or that none can have', () => {
    expect(() => newModel(copy, ['Bill'], { table: 'invoices' })).toThrow(
      'There is a table invoices already',
    );
    expect(() => newModel(copy, ['Bill'], { table: 'Bills' })).toThrow(
      '"Bills" cannot be the name of a table',
    );
  });
});
