import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

/**
 * What an application gets that is not of this workspace: the packages as tarballs, in an empty project, with nothing
 * beside them but what they ask for.
 */
const PACKED = ['connection', 'cutover-state', 'sqlite-sql', 'schema-engine', 'db'];

const LONG = process.env.VATEVO_TEST_LONG === '1';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));
const program = (from: string, name: string) => path.join(workspace, from, 'node_modules/.bin', name);
const app = mkdtempSync(path.join(tmpdir(), 'vatevo-packed-'));

const run = (file: string, ...args: string[]) =>
  execFileSync(file, args, { cwd: app, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
const write = (file: string, text: string) => writeFileSync(path.join(app, file), text);

beforeAll(() => {
  mkdirSync(path.join(app, 'tarballs'));
  const versions = PACKED.map((name) => {
    const tarball = path.join(app, 'tarballs', `${name}.tgz`);
    execFileSync('pnpm', ['pack', '--out', tarball], {
      cwd: path.join(workspace, 'packages', name),
      stdio: 'pipe',
    });
    return [`@vatevo/${name}`, `file:./tarballs/${name}.tgz`] as const;
  });
  write(
    'package.json',
    JSON.stringify({
      name: 'app',
      private: true,
      dependencies: {
        '@vatevo/db': versions.at(-1)?.[1],
        '@vatevo/schema-engine': versions.at(-2)?.[1],
        'better-sqlite3': '^12.9.0',
      },
    }),
  );
  const overrides = versions.map(([name, version]) => `  "${name}": "${version}"`).join('\n');
  write('pnpm-workspace.yaml', `overrides:\n${overrides}\nallowBuilds:\n  better-sqlite3: false\n`);
  // What they ask for was installed for this workspace already: nothing is downloaded.
  run('pnpm', 'install', '--prefer-offline');
  // Compiled, too: that takes minutes.
  const native = 'build/Release/better_sqlite3.node';
  cpSync(path.join(folderOf('better-sqlite3'), native), path.join(installed('better-sqlite3'), native));
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

const USE = `
  const database = await createTestDatabase();
  const { tenant } = await makeTenant(database.db);
  const invoice = await database.db.forTenant(tenant.id).createInvoice(newInvoice({ totalAmount: '7.00' }));
  const known = await database.db.invoice.findMany({ where: { tenantId: tenant.id } });`;
const DROP = 'await database.drop();';

it('works from an ES module', () => {
  write(
    'use.mjs',
    `import { createTestDatabase, makeTenant, newInvoice } from '@vatevo/db/testing';${USE}${DROP}
     console.log(invoice.totalAmount, known.length);`,
  );
  expect(run(process.execPath, 'use.mjs')).toBe('7.00 1');
});

it('works from CommonJS', () => {
  write(
    'use.cjs',
    `const { hashApiKey } = require('@vatevo/db');
     const { createTestDatabase, makeTenant, newInvoice } = require('@vatevo/db/testing');
     (async () => {${USE}${DROP} console.log(invoice.totalAmount, known.length, hashApiKey('a').length); })();`,
  );
  // Node 20 says that require() of an ES module is new.
  expect(run(process.execPath, '--no-warnings', 'use.cjs')).toBe('7.00 1 64');
});

const TYPED = `
import { createDbClient, type DbClient, type Prisma } from '@vatevo/db';
import { invoiceTotalsByMonth } from '@vatevo/db/sql';
import { deployMigrations } from '@vatevo/db/migrations';
import { createTestDatabase, makeTenant, newInvoice } from '@vatevo/db/testing';
type IsAny<T> = 0 extends 1 & T ? true : false;
const neverAny = <T>(value: T, isAny: IsAny<T>) => isAny;
export const open = (): DbClient => createDbClient();
export async function use() {${USE}
  neverAny(known, false);
  neverAny(known[0]?.totalAmount, false);
  neverAny(invoice.totalAmount, false);
  const amount: Prisma.Decimal | undefined = known[0]?.totalAmount;
  const labelled = database.db.$extends({
    result: { invoice: { label: { needs: { invoiceNumber: true }, compute: (each) => each.invoiceNumber } } },
  });
  const label: string | undefined = (await labelled.invoice.findFirst())?.label;
  const totals = await database.db
    .$queryRawTyped(invoiceTotalsByMonth(tenant.id, new Date(0), new Date()))
    .catch(({ name }) => (name === 'UnsupportedOnSqliteError' ? [] : undefined));
  neverAny(totals?.[0]?.totalAmount, false);
  const total: Prisma.Decimal | null | undefined = totals?.[0]?.totalAmount;
  ${DROP}
  return { amount, label, total, totals };
}
export { deployMigrations };
`;

const KINDS = [
  ['as most are', true],
  ...(LONG ? ([['that looks into its dependencies', false]] as const) : []),
] as const;

it.each(KINDS)('has types for a project %s', (_, skipLibCheck) => {
  write('typed.ts', TYPED);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2022',
    types: ['node'],
    typeRoots: [path.join(workspace, 'node_modules/@types')],
    skipLibCheck,
  };
  write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
  run(program('.', 'tsc'), '-p', 'tsconfig.json');
});

it('runs from TypeScript under tsx', () => {
  write(
    'run.ts',
    `import { use } from './typed.ts';\nuse().then(({ amount, totals }) => console.log(String(amount), totals?.length));\n`,
  );
  expect(run(program('apps/api', 'tsx'), 'run.ts')).toBe('7 0');
});

it.runIf(LONG)('runs under Vitest', () => {
  write(
    'some.test.ts',
    `import { expect, it } from 'vitest';\nimport { use } from './typed.ts';\nit('works', async () => { expect(String((await use()).amount)).toBe('7'); });\n`,
  );
  // Vitest itself is the workspace's.
  write(
    'vitest.config.mjs',
    `export default { resolve: { alias: { vitest: ${JSON.stringify(folderOf('vitest'))} } } };\n`,
  );
  expect(run(program('packages/db', 'vitest'), 'run', '--root', app)).toContain('1 passed');
});

/** An application that opens a client, in a file of its own. */
const BUNDLED = `import { createDbClient } from '@vatevo/db';
const db = createDbClient({ config: { database: { kind: 'sqlite', file: 'app.db' }, pool: { size: 1, min: 0, timeoutSeconds: 5, recycleSeconds: 60, statementTimeoutSeconds: 10 } } });
db.checkDatabase().then((found) => { console.log(found.ok ? 'ok' : found.reason); return db.close(); });`;

it('runs from a bundle of esbuild that has all of it but the native module', () => {
  write('bundled.ts', BUNDLED);
  const ofTsx = createRequire(path.join(workspace, 'apps/api/package.json')).resolve('tsx/package.json');
  const esbuild = path.join(
    path.dirname(createRequire(ofTsx).resolve('esbuild/package.json')),
    'bin/esbuild',
  );
  const banner = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
  const options = [
    ...['--bundle', '--platform=node', '--format=esm', `--banner:js=${banner}`],
    ...['--outfile=bundle.mjs', '--external:better-sqlite3'],
  ];
  run(esbuild, 'bundled.ts', '--log-level=error', ...options);
  expect(run(process.execPath, 'bundle.mjs')).toBe('missing-database');
});

it.runIf(LONG)('runs from a bundle of webpack that has all of it but the native module', async () => {
  write('bundled.mjs', BUNDLED);
  const { default: webpack } = await import('webpack');
  const problems = await new Promise<string>((resolve, reject) => {
    const config = {
      mode: 'none',
      target: 'node20',
      context: app,
      entry: './bundled.mjs',
      experiments: { outputModule: true },
      module: { parser: { javascript: { url: false } } },
      output: { path: app, filename: 'packed.mjs', module: true },
      externals: { 'better-sqlite3': 'node-commonjs better-sqlite3', 'pg-native': 'node-commonjs pg-native' },
    } as const;
    webpack(config, (error, stats) =>
      error ? reject(error) : resolve(stats?.toString({ all: false, errors: true, warnings: true }) ?? ''),
    );
  });
  expect(problems).toBe('');
  expect(run(process.execPath, 'packed.mjs')).toBe('missing-database');
});

it('has the schema engine as a program, which the Prisma CLI can be told of', () => {
  write(
    'engine.mjs',
    `import { engineExecutable } from '@vatevo/schema-engine'; console.log(engineExecutable);`,
  );
  const executable = run(process.execPath, 'engine.mjs');
  const said = run(path.join(app, 'node_modules/.bin/vatevo-schema-engine'), '--version');
  expect(said).toMatch(/^schema-engine-cli [0-9a-f]{40}/);
  expect(run(process.execPath, executable, '--version')).toBe(said);
});

/** Where a package of the workspace's own is. */
function folderOf(name: string): string {
  return path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** Where the project has it that the packages were installed into. */
function installed(name: string): string {
  const [found] = readdirSync(path.join(app, 'node_modules/.pnpm')).filter((entry) =>
    entry.startsWith(`${name}@`),
  );
  return path.join(app, 'node_modules/.pnpm', String(found), 'node_modules', name);
}
