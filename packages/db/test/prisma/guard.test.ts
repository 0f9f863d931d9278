import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePostgresUrl } from '@vatevo/connection';
import { STORED_IN_SERVER } from '@vatevo/cutover-state';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deployMigrations } from '../../src/migrations/deploy.ts';
import { guardRequest } from '../../src/prisma/guard.ts';
import { createTestDatabase } from '../../src/testing/index.ts';
import { start } from '../support/release.ts';
import { query } from '../support/sql.ts';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const launcher = path.join(packageFolder, 'bin/vatevo-db.mjs');

/** Found nowhere else, so that a search for it in any output is a proof. */
const PASSWORD = 'hunter2-zq7';

const prisma = (args: readonly string[], env: Readonly<Record<string, string>>) =>
  start(process.execPath, [launcher, 'prisma', ...args], packageFolder, env).ended;

/** A PostgreSQL with all migrations and a row, and what says whether that row is still there. */
async function postgresInUse() {
  const { env, drop } = await createTestDatabase({ postgres: await testServerUrl() });
  onTestFinished(drop);
  const url = String(env.POSTGRES_URL);
  const target = parsePostgresUrl(url);
  await query(
    target,
    `INSERT INTO tenants (name, api_key_hash, api_key_prefix) VALUES ('ours', repeat('a', 64), 'vk_a')`,
  );
  const isWhole = async () =>
    (await query(target, `SELECT count(*)::int AS rows FROM tenants`).catch(() => [{ rows: 0 }]))[0]?.rows ===
    1;
  return { url, target, isWhole, name: `${target.host}:${target.port}/${target.database}` };
}

async function fileInUse() {
  const folder = await mkdtemp(path.join(tmpdir(), 'vatevo-guard-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'app.db');
  await deployMigrations({ kind: 'sqlite', file });
  const database = new Database(file);
  database.exec(
    `INSERT INTO tenants (name, api_key_hash, api_key_prefix) VALUES ('ours', '${'a'.repeat(64)}', '')`,
  );
  database.close();
  const isWhole = () => {
    const opened = new Database(file, { readonly: true });
    try {
      return opened.prepare('SELECT count(*) FROM tenants').pluck().get() === 1;
    } finally {
      opened.close();
    }
  };
  return { file, env: { DATABASE_URL: `file:${file}` }, isWhole };
}

/** The guard stands at the engine's requests, so that spellings do not matter: a few prove it. */
const ERASING: readonly (readonly string[])[] = [
  ['migrate', 'reset', '--force'],
  ['migrate', 'reset', '--schema=prisma/postgres/schema.prisma', '-f', '--config', 'prisma.config.ts'],
  ['db', 'push', '--force-reset'],
  ['db', 'push', '--accept-data-loss'],
];
const CHANGING: readonly (readonly string[])[] = [
  ['db', 'push'],
  ['migrate', 'dev', '--name', 'x'],
  ['migrate', 'dev', '--create-only', '--name', 'x'],
];
/** Each takes the Prisma CLI seconds. */
const LONG = process.env.VATEVO_TEST_LONG === '1';
const some = LONG ? ERASING : ERASING.slice(0, 1);

describe('the Prisma CLI on a database that somebody needs', () => {
  it.each(some.map((args) => [args.join(' '), args] as const))(
    'erases nothing in production: %s',
    async (_, args) => {
      const { url, isWhole, target, name } = await postgresInUse();
      const env = {
        POSTGRES_URL: url,
        VATEVO_ENV: 'production',
        DB_SSL_MODE: 'disable',
        VATEVO_CONFIRM_ERASE: name,
      };
      const { message } = await guardRequest({ method: 'reset', params: {}, target }, env).catch(
        (error) => error,
      );
      const outcome = LONG ? await prisma(args, env) : { code: 1, stdout: '', stderr: String(message) };
      expect(outcome.code, outcome.stdout + outcome.stderr).toBe(1);
      expect(outcome.stderr).toContain(`the database "${target.database}" on ${target.host}:${target.port}`);
      expect(outcome.stderr).toMatch(/VATEVO_ENV is production\. Nothing was done\..*pnpm db:deploy/s);
      expect(await isWhole()).toBe(true);
    },
  );

  it.each(some.map((args) => [args.join(' '), args] as const))(
    'erases nothing in development unless the database is named, and then does: %s',
    async (_, args) => {
      const { url, isWhole, name, target } = await postgresInUse();
      const env = { POSTGRES_URL: url, VATEVO_CONFIRM_ERASE: `${name}_other` };
      const { message } = await guardRequest({ method: 'reset', params: {}, target }, env).catch(
        (error) => error,
      );
      const other = LONG ? await prisma(args, env) : { code: 1, stdout: '', stderr: String(message) };
      expect(other.code, other.stdout).toBe(1);
      expect(await isWhole()).toBe(true);
      // What the message recommends works.
      const [, advice = ''] =
        /run the command again with (VATEVO_CONFIRM_ERASE=\S+)/.exec(other.stderr) ?? [];
      expect(advice).toBe(`VATEVO_CONFIRM_ERASE=${name}`);
      const outcome = await prisma(args, {
        POSTGRES_URL: url,
        VATEVO_CONFIRM_ERASE: advice.split('=')[1] as string,
      });
      expect({ code: outcome.code, stderr: outcome.stderr }).toMatchObject({ code: 0 });
      // Without a reset, `db push` loses only what its warnings name: here nothing.
      expect(await isWhole()).toBe(!args.some((argument) => /reset/.test(argument)));
    },
  );

  it('changes no schema past the migrations in production: db push, migrate dev', async () => {
    const { url, target, isWhole } = await postgresInUse();
    const env = { POSTGRES_URL: url, VATEVO_ENV: 'production', DB_SSL_MODE: 'disable' };
    // What `migrate dev` asks the engine first, with --create-only or without, and what `db push` asks.
    for (const method of ['devDiagnostic', 'schemaPush']) {
      const asked = guardRequest({ method, params: {}, target }, env);
      await expect(asked, method).rejects.toThrow(/VATEVO_ENV is production/);
    }
    for (const args of LONG ? CHANGING : []) {
      expect((await prisma(args, env)).code, args.join(' ')).not.toBe(0);
      expect(await isWhole()).toBe(true);
    }
  });

  it.each<[string, Record<string, string>, string, RegExp | undefined]>([
    ['nothing said, on this machine', {}, '127.0.0.1', undefined],
    ['nothing said, elsewhere', {}, 'db.example.com', /VATEVO_ENV is not set, and .* not on this machine/],
    ['test', { VATEVO_ENV: 'test' }, '127.0.0.1', undefined],
    ['staging', { VATEVO_ENV: 'staging' }, '127.0.0.1', /VATEVO_ENV is staging/],
    ['a word unknown', { VATEVO_ENV: 'prod' }, '127.0.0.1', /VATEVO_ENV is prod/],
    [
      'NODE_ENV',
      { NODE_ENV: 'production', VATEVO_ENV: 'development' },
      '127.0.0.1',
      /NODE_ENV is production/,
    ],
  ])('goes by the environment: %s', async (_, said, host, refused) => {
    const { target, name } = await postgresInUse();
    const request = { method: 'reset', params: {}, target: target.with({ host }) };
    const asked = guardRequest(request, { ...said, VATEVO_CONFIRM_ERASE: name });
    if (refused) await expect(asked).rejects.toThrow(refused);
    else await asked;
  });

  it('leaves a database alone that takes part in a move', async () => {
    const { url, target, isWhole, name } = await postgresInUse();
    const env = { POSTGRES_URL: url, VATEVO_CONFIRM_ERASE: name };
    const refusal = async (method: string) => {
      try {
        await guardRequest({ method, params: {}, target }, env);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    };
    await query(
      target,
      `CREATE SCHEMA vatevo_cutover;
       CREATE TABLE vatevo_cutover.move (number int, id text, state text, source_name text, return_inode text);
       INSERT INTO vatevo_cutover.move VALUES (1, 'm', 'returned', 'a.db', NULL), (2, 'n', 'serving', 'a.db', NULL)`,
    );
    const { 'failed-back': _, closed: __, ...underWay } = STORED_IN_SERVER;
    for (const [state, stored] of [...Object.entries(underWay), ['unknown', 'from a later release']]) {
      await query(target, `UPDATE vatevo_cutover.move SET state = $1 WHERE number = 2`, [stored]);
      const said =
        state === 'unknown'
          ? `in the state "${stored}" of a cutover, which release`
          : `takes part in a cutover (state ${state})`;
      for (const method of ['reset', 'drop-database', 'schemaPush', 'devDiagnostic']) {
        expect(await refusal(method), method).toContain(said);
      }
    }
    expect(await isWhole()).toBe(true);
    await query(target, `UPDATE vatevo_cutover.move SET state = 'returned' WHERE number = 2`);
    expect(await refusal('reset')).toBeUndefined();
  });

  it('asks the same of a SQLite file', async () => {
    const { file, env, isWhole } = await fileInUse();
    const unnamed = { method: 'reset', params: {}, target: { kind: 'sqlite', file } as const };
    await expect(guardRequest(unnamed, env)).rejects.toThrow(`VATEVO_CONFIRM_ERASE=${file}`);
    const named = { ...env, VATEVO_CONFIRM_ERASE: file };
    const move = (state: string) =>
      new Database(file)
        .exec(
          `DROP TABLE IF EXISTS vatevo_cutover; CREATE TABLE vatevo_cutover (id, move, state, owner, applied);
           INSERT INTO vatevo_cutover (move, state) VALUES ('m', '${state}')`,
        )
        .close();
    for (const state of ['capturing', 'fenced', 'left']) {
      move(state);
      const request = { method: 'reset', params: {}, target: { kind: 'sqlite', file } as const };
      await expect(guardRequest(request, named)).rejects.toThrow(/cutover|PostgreSQL has taken over/);
    }
    move('open');
    await guardRequest({ method: 'reset', params: {}, target: { kind: 'sqlite', file } }, named);
    expect(isWhole()).toBe(true);
    if (!LONG) return;
    expect(await prisma(['migrate', 'reset', '--force'], named)).toMatchObject({ code: 0 });
    expect(isWhole()).toBe(false);
  });

  it('is asked by whoever starts the Prisma CLI in this folder past pnpm, too', async () => {
    const { url, isWhole } = await postgresInUse();
    const cli = createRequire(import.meta.url).resolve('prisma/build/index.js');
    const outcome = await start(process.execPath, [cli, 'migrate', 'reset', '--force'], packageFolder, {
      POSTGRES_URL: url,
    }).ended;
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining('VATEVO_CONFIRM_ERASE=') });
    expect(await isWhole()).toBe(true);
  });

  it('shows no password, and is no obstacle to what erases nothing', async () => {
    const closed = parsePostgresUrl(`postgresql://me:${PASSWORD}@127.0.0.1:1/db`);
    const asked = guardRequest({ method: 'reset', params: {}, target: closed }, {});
    await expect(asked).rejects.toThrow(/^(?!.*zq7)/s);
    const { url, target } = await postgresInUse();
    const env = { POSTGRES_URL: url, VATEVO_ENV: 'production', DB_SSL_MODE: 'disable' };
    for (const method of ['applyMigrations', 'diagnoseMigrationHistory', 'version'])
      await guardRequest({ method, params: {}, target }, env);
    const harmless = [['migrate', 'deploy'], ['migrate', 'status'], ['validate']];
    for (const args of LONG ? harmless : []) {
      expect(await prisma(args, env)).toMatchObject({ code: 0 });
    }
  });
});
