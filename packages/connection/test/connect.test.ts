import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { type Certificates, makeCertificates } from '@vatevo/test-kit/certificates';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { clientConfig, PgClient } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import type { ConnectionError } from '../src/connection-error.ts';
import { parsePostgresUrl } from '../src/postgres-url.ts';
import type { SslMode, SslSettings } from '../src/ssl.ts';

const target = async () => parsePostgresUrl(await testServerUrl());

async function failure(work: Promise<unknown>): Promise<ConnectionError> {
  return work.then(
    () => Promise.reject(new Error('it connected')),
    (error: ConnectionError) => error,
  );
}

describe('connect', () => {
  it('runs with UTC whatever the role is set to', async () => {
    const to = await target();
    const admin = await connect(to);
    await admin.query(
      `CREATE ROLE berlin LOGIN PASSWORD 'x'; ALTER ROLE berlin SET timezone = 'Europe/Berlin'`,
    );
    const client = await connect(to.with({ user: 'berlin', password: 'x' }));
    expect((await client.query('SHOW timezone')).rows).toEqual([{ TimeZone: 'UTC' }]);
    await client.end();
    await admin.query('DROP ROLE berlin');
    await admin.end();
  });

  it('names what failed and shows no password', async () => {
    const to = await target();
    const wrong = await failure(connect(to.with({ password: 'correct-horse' })));
    expect(wrong.reason).toBe('authentication');
    expect(inspect(wrong)).not.toContain('correct-horse');
    expect((await failure(connect(to.with({ database: 'nowhere' })))).reason).toBe('missing-database');
    expect((await failure(connect(to.with({ port: 1 })))).reason).toBe('refused');
    expect((await failure(connect(to.with({ host: 'nowhere.invalid' })))).reason).toBe('unresolved-host');
    expect((await failure(connect(to.with({ ssl: { mode: 'require' } })))).reason).toBe('tls');
  });

  it('gives up on a server that accepts and never answers, with and without TLS', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    for (const mode of ['disable', 'prefer', 'require'] as const) {
      const to = (await target()).with({ host: '127.0.0.1', port, ssl: { mode } });
      expect((await failure(connect(to, { timeoutMs: 300 }))).reason).toBe('timeout');
    }
    silent.close();
  });

  it('goes on in clear text under prefer when the server has no TLS', async () => {
    const client = await connect((await target()).with({ ssl: { mode: 'prefer' } }));
    const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    expect(rows).toEqual([{ ssl: false }]);
    await client.end();
  });

  it('serves as the client of a pool', async () => {
    const pool = new pg.Pool({
      ...clientConfig(await target()),
      Client: PgClient,
    } as unknown as pg.PoolConfig);
    expect((await pool.query('SHOW timezone')).rows).toEqual([{ TimeZone: 'UTC' }]);
    await pool.end();
  });
});

describe('against a server with TLS', () => {
  let certificates: Certificates;
  let server: LocalPostgres;
  let outdated: LocalPostgres;

  beforeAll(async () => {
    certificates = makeCertificates();
    server = await startLocalPostgres({ tls: certificates.server });
    outdated = await startLocalPostgres({ tls: certificates.expired });
  });
  afterAll(async () => {
    await server?.dispose();
    await outdated?.dispose();
    certificates?.remove();
  });

  const reach = async (host: string, ssl: SslSettings, at = server): Promise<string> => {
    const client = await connect(parsePostgresUrl(at.url()).with({ host, ssl })).catch(
      (error: ConnectionError) => error,
    );
    if (!(client instanceof PgClient)) return client.reason;
    const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    await client.end();
    return rows[0].ssl ? 'encrypted' : 'clear';
  };

  const cases: [SslMode, string, 'ca' | 'other' | undefined, string][] = [
    ['disable', 'localhost', undefined, 'clear'],
    ['prefer', '127.0.0.1', undefined, 'encrypted'],
    ['require', '127.0.0.1', undefined, 'encrypted'],
    ['require', '127.0.0.1', 'ca', 'encrypted'],
    ['require', 'localhost', 'other', 'tls'],
    ['verify-ca', '127.0.0.1', 'ca', 'encrypted'],
    ['verify-ca', '127.0.0.1', 'other', 'tls'],
    ['verify-ca', '127.0.0.1', undefined, 'tls'],
    ['verify-full', 'localhost', 'ca', 'encrypted'],
    ['verify-full', '127.0.0.1', 'ca', 'tls'],
    ['verify-full', 'localhost', 'other', 'tls'],
  ];
  it.each(cases)('%s to %s trusting %s: %s', async (mode, host, ca, result) => {
    expect(await reach(host, { mode, ...(ca && { rootCertFile: certificates.authority(ca) }) })).toBe(result);
  });

  it.each([
    ['prefer', undefined, 'encrypted'],
    ['require', undefined, 'encrypted'],
    ['require', 'ca', 'tls'],
    ['verify-ca', 'ca', 'tls'],
    ['verify-full', 'ca', 'tls'],
  ] as const)('%s with an expired certificate, trusting %s: %s', async (mode, ca, result) => {
    const ssl = { mode, ...(ca && { rootCertFile: certificates.authority(ca) }) };
    expect(await reach('localhost', ssl, outdated)).toBe(result);
  });

  it('holds the certificate of one of several hosts to the name of that host', async () => {
    const ssl = { mode: 'verify-full', rootCertFile: certificates.authority('ca') } as const;
    const { user, password, port } = server;
    const reached = async (hosts: string) => {
      const to = parsePostgresUrl(`postgresql://${user}:${password}@${hosts}/postgres`).with({ ssl });
      const client = await connect(to).catch((error: ConnectionError) => error);
      if (!(client instanceof PgClient)) return client.reason;
      await client.end();
      return client.connectedTo.host;
    };
    // The certificate is for localhost.
    expect(await reached(`127.0.0.1:1,localhost:${port}`)).toBe('localhost');
    expect(await reached(`localhost:1,127.0.0.1:${port}`)).toBe('tls');
  });

  it('binds the login to the certificate, or does not log in', async () => {
    const to = parsePostgresUrl(`${server.url()}?channel_binding=require`).with({ host: 'localhost' });
    const client = await connect(to);
    expect(client.encryption).toBeDefined();
    await client.end();
    const admin = await connect(parsePostgresUrl(server.url()));
    await admin.query(`SET password_encryption = md5; CREATE ROLE old LOGIN PASSWORD 'old'`);
    await admin.query(`CREATE ROLE trusted LOGIN`);
    const file = path.join(server.dataDir, 'pg_hba.conf');
    const before = await readFile(file, 'utf8');
    await writeFile(
      file,
      `host all trusted 127.0.0.1/32 trust\nhost all old 127.0.0.1/32 md5\nhost all plain 127.0.0.1/32 password\n${before}`,
    );
    await admin.query('SELECT pg_reload_conf()');
    await admin.end();
    for (const user of ['old', 'trusted', 'plain']) {
      const error = await failure(connect(to.with({ host: '127.0.0.1', user, password: 'old' })));
      expect(error.message).toContain('channel_binding=require');
      expect(error.reason).toBe('tls');
    }
  });

  it('speaks TLS from the first byte when it is told to', async () => {
    expect(await reach('localhost', { mode: 'require', negotiation: 'direct' })).toBe('encrypted');
    const full = { mode: 'verify-full', rootCertFile: certificates.authority('ca') } as const;
    expect(await reach('localhost', { ...full, negotiation: 'direct', minVersion: 'TLSv1.3' })).toBe(
      'encrypted',
    );
  });
});

describe('a client certificate', () => {
  it('is shown to the server, its key encrypted or not', async () => {
    const certificates = makeCertificates();
    const folder = mkdtempSync(path.join(tmpdir(), 'vatevo-client-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    onTestFinished(() => certificates.remove());
    const file = (name: string) => path.join(folder, name);
    const openssl = (command: string) =>
      execFileSync('openssl', command.split(' '), { cwd: folder, stdio: 'ignore' });
    const ca = certificates.authority('ca');
    openssl('req -newkey rsa:2048 -nodes -subj /CN=robot -keyout plain.key -out request.pem');
    openssl(
      `x509 -req -in request.pem -CA ${ca} -CAkey ${ca.replace(/pem$/, 'key')} -CAcreateserial -days 2 -out client.pem`,
    );
    openssl('rsa -aes256 -passout pass:correct-horse -in plain.key -out locked.key');
    openssl('pkcs12 -export -inkey plain.key -in client.pem -passout pass:correct-horse -out both.p12');
    const server = await startLocalPostgres({
      tls: { ...certificates.server, ca: await readFile(ca, 'utf8') },
    });
    onTestFinished(() => server.dispose());
    const admin = await connect(parsePostgresUrl(server.url()));
    await admin.query('CREATE ROLE robot LOGIN');
    const hba = path.join(server.dataDir, 'pg_hba.conf');
    await writeFile(hba, `hostssl all robot 127.0.0.1/32 cert\n${await readFile(hba, 'utf8')}`);
    await admin.query('SELECT pg_reload_conf()');
    await admin.end();
    const as = (query: string) =>
      connect(
        parsePostgresUrl(`postgresql://robot@localhost:${server.port}/postgres?sslmode=require&${query}`),
      );
    for (const query of [
      `sslcert=${file('client.pem')}&sslkey=${file('plain.key')}`,
      `sslcert=${file('client.pem')}&sslkey=${file('locked.key')}&sslpassword=correct-horse`,
      `sslidentity=${file('both.p12')}&sslpassword=correct-horse`,
    ]) {
      const client = await as(query);
      expect((await client.query('SELECT current_user AS me')).rows).toEqual([{ me: 'robot' }]);
      await client.end();
    }
    for (const query of [
      `sslcert=${file('client.pem')}&sslkey=${file('locked.key')}&sslpassword=battery-staple`,
      `sslcert=${file('client.pem')}&sslkey=${file('gone.key')}`,
    ]) {
      const error = await failure(as(query));
      expect(error.reason).toBe('tls');
      expect(inspect(error)).not.toContain('battery-staple');
    }
  });
});
