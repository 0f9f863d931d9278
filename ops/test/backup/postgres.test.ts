import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { isInstalled, testDatabase } from '@vatevo/local-postgres/vitest';
import { hasOpenssl, makeCertificates } from '@vatevo/test-kit/certificates';
import {
  DEBIAN_POSTGRES,
  DEBIAN_VERSION,
  hasDebianPostgres,
  startDebianPostgres,
} from '@vatevo/test-kit/debian';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { preparedTarget } from '../support/prepared.ts';
import { commandLinesWith, start } from '../support/run-script.ts';
import { sql, variant, withClient } from '../support/sql.ts';
import { LONG } from '../transfer/support/bench.ts';
import { ODD_POSTGRES } from './odd-postgres.ts';
import {
  afterAllTests,
  backUp,
  copyOf,
  EMPTY_PATH,
  forge,
  manifestOf,
  ops,
  sample,
  startOps,
  temporaryFolder,
} from './support.ts';

/** No program of PostgreSQL can be found: our own export is written, and loaded by this process. */
const WITHOUT_PROGRAMS = { PATH: EMPTY_PATH };

let source: string;
const allFinished = afterAllTests();

async function makeDatabase(): Promise<string> {
  const database = await testDatabase();
  allFinished(() => database.drop());
  return database.url;
}

/** A database of the server that is not there yet. */
function unmade(url: string): string {
  const name = `restored_${Math.random().toString(36).slice(2)}`;
  allFinished(() => sql(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).then(() => undefined));
  return variant(url, { database: name });
}

/** Fills a database as an operator would, and with what a database may hold besides. */
async function fill(url: string, isPrepared = false): Promise<void> {
  const env = { POSTGRES_URL: url };
  for (const args of [
    ...(isPrepared ? [] : [['prepare-postgres']]),
    ['transfer', '--source', sample, '--report', temporaryFolder(allFinished)],
  ]) {
    const { code, stderr } = await ops(args, env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
  await sql(url, ODD_POSTGRES);
}

beforeAll(async () => {
  const prepared = await preparedTarget();
  allFinished(() => prepared.drop());
  source = prepared.url;
  await fill(source, true);
});

/** Rows and the like, read without any of the code that backs them up. */
async function contentOf(url: string): Promise<unknown> {
  return withClient(url, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'v') AND c.relname NOT LIKE 'pg_stat%' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`,
    );
    const content: Record<string, unknown> = {};
    for (const { name } of tables) {
      const { rows } = await client.query({
        text: `SELECT * FROM ${name} AS r ORDER BY r.*::text`,
        types: { getTypeParser: () => String },
      });
      content[name] = rows;
    }
    const { rows: sequences } = await client.query(
      'SELECT schemaname, sequencename, last_value, increment_by, start_value, cycle FROM pg_sequences ORDER BY 1, 2',
    );
    return { content, sequences };
  });
}

async function expectRestorable(folder: string, target: string, env: Record<string, string>): Promise<void> {
  const outcome = await ops(['restore', '--from', folder], { POSTGRES_URL: target, ...env });
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
}

describe('without programs of PostgreSQL', () => {
  it('a database is backed up and restored whole, and works on', async () => {
    const folder = await backUp(['--to', temporaryFolder()], { POSTGRES_URL: source, ...WITHOUT_PROGRAMS });
    const manifest = manifestOf(folder);
    expect(manifest).toMatchObject({
      kind: 'postgres',
      roles: ['vatevo_app', 'vatevo_jobs'],
      loadableWithoutPsql: true,
    });
    expect(manifest.tables).toContainEqual(expect.objectContaining({ name: 'public.invoices', rows: 62 }));
    expect(JSON.stringify(manifest)).not.toContain(new URL(source).password);
    const target = unmade(source);
    await expectRestorable(folder, target, WITHOUT_PROGRAMS);
    expect(await contentOf(target)).toEqual(await contentOf(source));
    const again = manifestOf(
      await backUp(['--to', temporaryFolder()], { POSTGRES_URL: target, ...WITHOUT_PROGRAMS }),
    );
    expect(again).toMatchObject({
      tables: manifest.tables,
      sequences: manifest.sequences,
      catalog: manifest.catalog,
    });
    // The release finds everything as its migrations made it, but for what the test put there.
    await sql(target, 'DROP SCHEMA "odd Schema" CASCADE; DROP SEQUENCE never_used');
    const env = { POSTGRES_URL: target };
    expect(await ops(['prepare-postgres'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(await ops(['verify', '--source', sample], env)).toMatchObject({ code: 0, stderr: '' });
  });

  it('the files are for their owner alone', async () => {
    const folder = await backUp(['--to', temporaryFolder()], { POSTGRES_URL: source, ...WITHOUT_PROGRAMS });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual(['SHA256SUMS', 'database.sql', 'manifest.json']);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  });
});

describe.runIf(isInstalled('psql'))('our own export and psql (needs psql on the PATH)', () => {
  it('go together', async () => {
    const folder = await backUp(['--to', temporaryFolder()], { POSTGRES_URL: source, ...WITHOUT_PROGRAMS });
    const target = await makeDatabase();
    const { hostname, port, username, password, pathname } = new URL(target);
    const env = {
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: decodeURIComponent(password),
      PGDATABASE: pathname.slice(1),
    };
    const args = ['-X', '-1', '-q', '-v', 'ON_ERROR_STOP=1', '-f', 'database.sql'];
    expect(await start('psql', args, { cwd: folder, env }).ended).toMatchObject({ code: 0, stderr: '' });
    expect(await contentOf(target)).toEqual(await contentOf(source));
    const again = manifestOf(
      await backUp(['--to', temporaryFolder()], { POSTGRES_URL: target, ...WITHOUT_PROGRAMS }),
    );
    const { tables, sequences, catalog } = manifestOf(folder);
    expect(again).toMatchObject({ tables, sequences, catalog });
  });
});

describe.runIf(hasDebianPostgres)(
  `with the programs of PostgreSQL ${DEBIAN_VERSION} (needs ${DEBIAN_POSTGRES})`,
  () => {
    let server: LocalPostgres;
    const env = (url: string) => ({ POSTGRES_URL: url, PATH: DEBIAN_POSTGRES });
    let old: string;
    let folder: string;

    beforeAll(async () => {
      server = await startDebianPostgres();
      old = variant(server.url(), { database: 'old' });
      await fill(old);
      folder = await backUp(['--to', temporaryFolder(allFinished)], env(old));
    });
    afterAll(() => server?.dispose());

    it('pg_dump writes, psql loads, and no password is seen', async () => {
      const { password } = new URL(old);
      const target = variant(old, { database: 'from_pg_dump' });
      const seen = await commandLinesWith(password, async () => {
        const again = await backUp(['--to', temporaryFolder()], env(old));
        expect(manifestOf(again).writtenBy).toMatch(new RegExp(`^pg_dump ${DEBIAN_VERSION}\\.`));
        const outcome = await ops(['restore', '--from', again], env(target));
        expect(outcome).toMatchObject({ code: 0, stderr: '' });
        expect(outcome.stdout).not.toContain(password);
      });
      expect(seen).toEqual([]);
      expect(await contentOf(target)).toEqual(await contentOf(old));
    });

    it.runIf(LONG)('our own export does the same', async () => {
      const own = await backUp(['--to', temporaryFolder()], { ...env(old), ...WITHOUT_PROGRAMS });
      const target = variant(old, { database: 'from_our_own' });
      await expectRestorable(own, target, WITHOUT_PROGRAMS);
      expect(await contentOf(target)).toEqual(await contentOf(old));
    });

    it('what pg_dump wrote goes to a newer server', async () => {
      const target = unmade(source);
      await expectRestorable(folder, target, { PATH: DEBIAN_POSTGRES });
      expect(await contentOf(target)).toEqual(await contentOf(old));
    });

    it.runIf(Number(DEBIAN_VERSION) < 18)('an older pg_dump is passed over', async () => {
      const own = await backUp(['--to', temporaryFolder()], env(source));
      expect(manifestOf(own).writtenBy).toMatch(/^vatevo-ops /);
    });

    it('without psql, exit code 4 says that it is needed', async () => {
      const target = variant(old, { database: 'never_made' });
      const outcome = await ops(['restore', '--from', folder], { POSTGRES_URL: target, ...WITHOUT_PROGRAMS });
      expect(outcome).toMatchObject({ code: 4, stderr: expect.stringMatching(/which only psql can load/) });
    });

    it('nothing stays of what psql could not load', async () => {
      const broken = copyOf(folder);
      appendFileSync(join(broken, 'database.sql'), 'SELECT 1 / 0;\n');
      forge(broken);
      const target = variant(old, { database: 'broken' });
      const outcome = await ops(['restore', '--from', broken], env(target));
      expect(outcome).toMatchObject({
        code: 4,
        stderr: expect.stringMatching(
          new RegExp(`psql ${DEBIAN_VERSION}.* could not load .*division by zero`),
        ),
      });
      await expectRestorable(folder, target, { PATH: DEBIAN_POSTGRES });
    });

    it.runIf(hasOpenssl())('psql keeps to the mode of TLS that is set (needs openssl)', async () => {
      const certificates = makeCertificates();
      const secure = await startLocalPostgres({ tls: certificates.server });
      onTestFinished(async () => {
        await secure.dispose();
        certificates.remove();
      });
      await sql(secure.url(), 'CREATE ROLE vatevo_app; CREATE ROLE vatevo_jobs');
      // The certificate is for this name.
      const target = new URL(secure.url('restored'));
      target.hostname = 'localhost';
      const DB_SSL_ROOT_CERT = certificates.authority('ca');
      await expectRestorable(folder, target.href, {
        PATH: DEBIAN_POSTGRES,
        DB_SSL_MODE: 'verify-full',
        DB_SSL_ROOT_CERT,
      });
    });

    it('roles that a server lacks are named, exit code 4', async () => {
      const other = await startDebianPostgres();
      onTestFinished(() => other.dispose());
      const outcome = await ops(
        ['restore', '--from', folder],
        env(variant(other.url(), { database: 'new' })),
      );
      expect(outcome).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('CREATE ROLE "vatevo_app" NOLOGIN;'),
      });
      await sql(other.url(), 'CREATE ROLE vatevo_app; CREATE ROLE vatevo_jobs');
      await expectRestorable(folder, variant(other.url(), { database: 'new' }), { PATH: DEBIAN_POSTGRES });
    });
  },
);

describe('while others write', () => {
  it('one state of the data is backed up', async () => {
    const url = await makeDatabase();
    const write = 'BEGIN; INSERT INTO a DEFAULT VALUES; INSERT INTO b DEFAULT VALUES; COMMIT';
    await sql(url, 'CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (id serial PRIMARY KEY)', write);
    let writing = true;
    const writer = withClient(url, async (client) => {
      while (writing) await client.query(write);
    });
    const folder = await backUp(['--to', temporaryFolder()], { POSTGRES_URL: url, ...WITHOUT_PROGRAMS });
    writing = false;
    await writer;
    const target = unmade(url);
    await expectRestorable(folder, target, WITHOUT_PROGRAMS);
    const counts =
      'SELECT (SELECT count(*) FROM a) = (SELECT count(*) FROM b) AS equal, (SELECT count(*) FROM a) > 0 AS some';
    expect(await sql(target, counts)).toEqual([{ equal: true, some: true }]);
    await sql(target, 'INSERT INTO a DEFAULT VALUES');
  });
});

describe('what cannot be done is said in a sentence', () => {
  it.concurrent('of the target', async ({ expect, onTestFinished: finished }) => {
    const folder = await backUp(['--to', temporaryFolder(finished)], {
      POSTGRES_URL: source,
      ...WITHOUT_PROGRAMS,
    });
    const into = (url: string, from = folder) =>
      ops(['restore', '--from', from], { POSTGRES_URL: url, ...WITHOUT_PROGRAMS });
    expect(await into(source)).toMatchObject({ code: 4, stderr: expect.stringMatching(/is not empty/) });
    const wrong = await into(variant(source, { password: 'wrong-password' }));
    expect(wrong).toMatchObject({ code: 3, stderr: expect.not.stringContaining('wrong-password') });
    expect(await into('')).toMatchObject({ code: 2, stderr: expect.stringContaining('POSTGRES_URL') });
    const file = await ops(['restore', '--from', folder, '--to', 'x.db'], { POSTGRES_URL: source });
    expect(file).toMatchObject({ code: 2, stderr: expect.stringContaining('without --to') });
  });

  it.concurrent('of a backup that is not what it was, and nothing of it stays', async ({
    expect,
    onTestFinished: finished,
  }) => {
    const folder = await backUp(['--to', temporaryFolder(finished)], {
      POSTGRES_URL: source,
      ...WITHOUT_PROGRAMS,
    });
    const target = unmade(source);
    const from = (backup: string) =>
      ops(['restore', '--from', backup], { POSTGRES_URL: target, ...WITHOUT_PROGRAMS });
    const damages: readonly (readonly [string, (text: string) => string, number, RegExp])[] = [
      [
        'values',
        (text) => text.replace(/\t(DRAFT|VALIDATED|SUBMITTED)\tDE\t/, '\tACCEPTED\tDE\t'),
        6,
        /values of the table public\.invoices differ/,
      ],
      [
        'an index',
        (text) => text.replace(/^CREATE INDEX webhook_events_failed_idx.*\n/m, ''),
        6,
        /the index webhook_events\.webhook_events_failed_idx is missing/,
      ],
      [
        'a sequence',
        (text) => text.replace(/setval\('public\.tenants_id_seq', \d+/, "setval('public.tenants_id_seq', 1"),
        6,
        /the sequence public\.tenants_id_seq would give/,
      ],
      [
        'a right',
        (text) => text.replace(/^GRANT INSERT ON TABLE public\.invoices .*\n/m, ''),
        6,
        /the grant table invoices is another/,
      ],
      [
        'a row twice',
        (text) => text.replace(/^(COPY public\.tenants .*\n)(.*\n)/m, '$1$2$2'),
        4,
        /refused the backup: could not create unique index/,
      ],
    ];
    const unforged = copyOf(folder, finished);
    appendFileSync(join(unforged, 'database.sql'), '\n');
    expect(await from(unforged)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/checksum of database\.sql/),
    });
    for (const [name, damage, code, sentence] of damages) {
      const copy = copyOf(folder, finished);
      const file = join(copy, 'database.sql');
      writeFileSync(file, damage(readFileSync(file, 'utf8')));
      forge(copy);
      expect(await from(copy), name).toMatchObject({ code, stderr: expect.stringMatching(sentence) });
    }
    await expectRestorable(folder, target, WITHOUT_PROGRAMS);
  });

  it.concurrent('of what our own export cannot write, or the role may not read', async ({
    expect,
    onTestFinished: finished,
  }) => {
    const url = await makeDatabase();
    const attempt = (as = url) =>
      ops(['backup', '--to', temporaryFolder(finished)], { POSTGRES_URL: as, ...WITHOUT_PROGRAMS });
    await sql(url, 'CREATE TABLE t (a integer); CREATE MATERIALIZED VIEW m AS SELECT * FROM t');
    expect(await attempt()).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/only pg_dump can write: materialized view m/),
    });
    await sql(url, 'DROP MATERIALIZED VIEW m; ALTER TABLE t ENABLE ROW LEVEL SECURITY');
    const role = `reader_${Math.random().toString(36).slice(2)}`;
    await sql(url, `CREATE ROLE ${role} LOGIN PASSWORD 'reader-secret'`, `GRANT SELECT ON t TO ${role}`);
    allFinished(() => sql(url, `DROP OWNED BY ${role}; DROP ROLE ${role}`).then(() => undefined));
    const hidden = await attempt(variant(url, { user: role, password: 'reader-secret' }));
    expect(hidden).toMatchObject({ code: 4, stderr: expect.stringMatching(/row-level security policy/) });
  });

  // A gigabyte in the server's memory.
  it.runIf(LONG)('of a row that is no text', async ({ expect, onTestFinished: finished }) => {
    const url = await makeDatabase();
    await sql(url, `CREATE TABLE large AS SELECT convert_to(repeat('x', 550000000), 'UTF8') AS body`);
    expect(await ops(['backup', '--to', temporaryFolder(finished)], { POSTGRES_URL: url })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('public.large holds a row that is larger than a gigabyte'),
    });
  });

  it.concurrent('of a table that stays locked, and a signal ends the waiting', async ({
    expect,
    onTestFinished: finished,
  }) => {
    const url = await makeDatabase();
    await sql(url, 'CREATE TABLE t (a integer)');
    await withClient(url, async (client) => {
      await client.query('BEGIN; LOCK TABLE t');
      const place = temporaryFolder(finished);
      const args = ['backup', '--to', place];
      const waiting = ops(args, { POSTGRES_URL: url, ...WITHOUT_PROGRAMS });
      const stopped = startOps(args, { POSTGRES_URL: url, ...WITHOUT_PROGRAMS });
      await stopped.said('Connect');
      stopped.child.kill('SIGTERM');
      expect(await stopped.ended).toMatchObject({ code: 143 });
      expect(await waiting).toMatchObject({ code: 7, stderr: expect.stringMatching(/kept a table locked/) });
      expect(readdirSync(place)).toEqual([]);
    });
  });

  it.concurrent('of a transfer that is unfinished: a warning', async ({
    expect,
    onTestFinished: finished,
  }) => {
    const url = await makeDatabase();
    await sql(
      url,
      `CREATE SCHEMA vatevo_transfer; CREATE TABLE vatevo_transfer.run (state text); INSERT INTO vatevo_transfer.run VALUES ('copying')`,
    );
    const outcome = await ops(['backup', '--to', temporaryFolder(finished), '--json'], {
      POSTGRES_URL: url,
      ...WITHOUT_PROGRAMS,
    });
    expect(JSON.parse(outcome.stdout).warnings).toEqual([expect.stringMatching(/unfinished/)]);
  });
});
