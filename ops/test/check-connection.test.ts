import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { hasOpenssl, makeCertificates } from '@vatevo/test-kit/certificates';
import { blackHole, closedPort } from '@vatevo/test-kit/silent-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './support/call.ts';
import { commandLinesWith, type Outcome, runScript, start } from './support/run-script.ts';
import { sql, variant } from './support/sql.ts';

/** Found nowhere else, so that a search for it in any output is a proof. */
const PASSWORD = 'open-sesame-zq8';
const SCRIPT = 'ops:check-connection';

let server: LocalPostgres;
let url: string;

beforeAll(async () => {
  server = await startLocalPostgres({ password: PASSWORD });
  url = await server.createDatabase();
});
afterAll(() => server.dispose());

function expectFailure(outcome: Outcome, code: number, sentence: RegExp): void {
  expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({
    code,
    stderr: expect.stringMatching(sentence),
  });
  expect(outcome.stdout + outcome.stderr).not.toContain('zq8');
}

describe('checking a connection', () => {
  it('shows what it is like, from POSTGRES_URL', async () => {
    let outcome!: Outcome;
    const seen = await commandLinesWith('zq8', async () => {
      outcome = await runScript(SCRIPT, [], { POSTGRES_URL: url });
    });
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    for (const line of [
      /✓ Connect: postgresql:\/\/postgres@127/,
      /✓ Measure the latency: median [\d.]+ ms/,
      /server +PostgreSQL \d+/,
      /TLS +not used/,
      /role +postgres \(superuser\)/,
      /never prepared: run ops:prepare-postgres/,
      /^The connection works\./m,
    ]) {
      expect(outcome.stdout).toMatch(line);
    }
    expect(outcome.stdout).not.toContain('zq8');
    expect(seen).toEqual([]);
  });

  it('takes the URL from standard input or another variable, and answers in JSON', async () => {
    const args = ['run', '--silent', SCRIPT, '--', '--url', '-', '--json'];
    const piped = start('npm', args, { input: `${url}\n` });
    const named = runScript(SCRIPT, ['--url-env', 'STAGING_URL', '--json'], { STAGING_URL: url });
    for (const [outcome, from] of [
      [await piped.ended, 'the URL on standard input'],
      [await named, 'STAGING_URL'],
    ] as const) {
      expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
      expect(outcome.stdout).not.toContain('zq8');
      expect(JSON.parse(outcome.stdout)).toMatchObject({
        ok: true,
        from,
        tls: { used: false },
        role: { name: 'postgres', superuser: true },
        privileges: { connect: true, createInPublic: true },
        migrations: { state: 'none', applied: [] },
        latency: { medianMs: expect.any(Number) },
      });
    }
  });

  it('takes a URL without a password openly, with the password in PGPASSWORD', async () => {
    const open = variant(url, { password: '' });
    const outcome = await runScript(SCRIPT, ['--url', open], { PGPASSWORD: PASSWORD });
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('tells the state of the migrations, and exits 4 where this release must not work', async () => {
    expect((await call(['prepare-postgres'], { POSTGRES_URL: url })).code).toBe(0);
    const current = await call(['check-connection', '--json'], { POSTGRES_URL: url });
    expect(JSON.parse(current.stdout)).toMatchObject({
      exitCode: 0,
      migrations: { state: 'current', pending: [] },
    });

    const role = `reader_${process.pid}`;
    await sql(url, `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    const asReader = await call(['check-connection', '--json'], {
      POSTGRES_URL: variant(url, { user: role }),
    });
    expect(JSON.parse(asReader.stdout)).toMatchObject({
      exitCode: 0,
      warnings: [
        expect.stringContaining('GRANT USAGE, CREATE ON SCHEMA public'),
        `Not enough for the API, which works as other roles than this login: GRANT vatevo_app TO "${role}"; GRANT vatevo_jobs TO "${role}";`,
      ],
      migrations: { state: 'unreadable' },
    });
    // The statements are what it needs.
    await sql(url, `GRANT vatevo_app TO "${role}"; GRANT vatevo_jobs TO "${role}";`);
    const asMember = await call(['check-connection', '--json'], {
      POSTGRES_URL: variant(url, { user: role }),
    });
    expect(JSON.parse(asMember.stdout).warnings).toHaveLength(1);
    await sql(url, `GRANT vatevo_app TO "${role}" WITH INHERIT FALSE`);
    const without = await call(['check-connection', '--json'], {
      POSTGRES_URL: variant(url, { user: role }),
    });
    const inherited = `GRANT vatevo_app TO ${role} WITH INHERIT TRUE; GRANT vatevo_jobs TO ${role} WITH INHERIT TRUE;`;
    expect(JSON.parse(without.stdout).warnings[1]).toContain(inherited);
    await sql(url, inherited);
    const again = await call(['check-connection', '--json'], { POSTGRES_URL: variant(url, { user: role }) });
    expect(JSON.parse(again.stdout).warnings).toHaveLength(1);

    await sql(url, 'UPDATE _prisma_migrations SET finished_at = NULL');
    const failed = await call(['check-connection', '--json'], { POSTGRES_URL: url });
    expect(JSON.parse(failed.stdout)).toMatchObject({ exitCode: 4, migrations: { state: 'failed' } });
    await sql(url, 'UPDATE _prisma_migrations SET finished_at = now()');
  });
});

describe('a connection that cannot be checked', () => {
  it('exits 2 and names what is missing', async () => {
    expectFailure(
      await call(['check-connection', '--url-env', 'STAGING_URL'], {}),
      2,
      /STAGING_URL is not set/,
    );
    expectFailure(await runScript(SCRIPT, ['--url', '-'], {}), 2, /standard input is empty/);
    expectFailure(await call(['check-connection'], { POSTGRES_URL: '' }), 2, /POSTGRES_URL is not set/);
  });

  it('exits 2 for two sources of the URL, and for a password on the command line', async () => {
    const both = await call(['check-connection', '--url', '-', '--url-env', 'X'], {});
    expectFailure(both, 2, /cannot be used with/);
    const open = variant(url, { password: '' });
    for (const shown of [url, `${open}?password=${PASSWORD}`, `host=h user=u password=${PASSWORD}`]) {
      expectFailure(await call(['check-connection', '--url', shown], {}), 2, /holds a password/);
    }
  });

  it('exits 3 and names where the URL came from', async () => {
    const env = { STAGING_URL: `postgresql://me:${PASSWORD}@127.0.0.1:${await closedPort()}/db` };
    const refused = await call(['check-connection', '--url-env', 'STAGING_URL'], env);
    expectFailure(refused, 3, /No PostgreSQL server answers .*in STAGING_URL/);
    const wrong = await call(['check-connection'], { POSTGRES_URL: variant(url, { password: 'wrong-zq8' }) });
    expectFailure(wrong, 3, /turned the login down/);
    const missing = await call(['check-connection'], { POSTGRES_URL: variant(url, { database: 'nowhere' }) });
    expectFailure(missing, 3, /no database "nowhere".*ops:prepare-postgres/s);
  });

  it('exits 3 when nobody answers in time', async () => {
    const hole = await blackHole();
    try {
      const env = { POSTGRES_URL: `postgresql://me:${PASSWORD}@127.0.0.1:${hole.port}/db` };
      const outcome = await call(['check-connection', '-t', '1', '--json'], env);
      expectFailure(outcome, 3, /did not answer in time/);
      // What -t 1 promises, with room for a slow machine.
      expect(JSON.parse(outcome.stdout).durationMs).toBeLessThan(3000);
    } finally {
      await hole.close();
    }
  });
});

describe.skipIf(!hasOpenssl())('with TLS (skipped where there is no openssl to make a certificate)', () => {
  let secure: LocalPostgres;
  beforeAll(async () => {
    const certificates = makeCertificates();
    secure = await startLocalPostgres({ tls: certificates.server });
    certificates.remove();
  });
  afterAll(() => secure?.dispose());

  it('names the protocol and the cipher', async () => {
    const env = { POSTGRES_URL: secure.url(), DB_SSL_MODE: 'require' };
    const outcome = await call(['check-connection', '--json'], env);
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      exitCode: 0,
      tls: { used: true, protocol: expect.stringMatching(/^TLSv1\.[23]$/), cipher: expect.any(String) },
    });
  });

  it('exits 3 when the certificate is not to be trusted', async () => {
    const env = { POSTGRES_URL: secure.url(), DB_SSL_MODE: 'verify-full', DB_SSL_ROOT_CERT: 'system' };
    expectFailure(await call(['check-connection'], env), 3, /TLS failed/);
  });
});
