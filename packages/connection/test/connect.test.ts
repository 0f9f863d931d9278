import { createServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { type Certificates, makeCertificates } from '@vatevo/local-postgres/certificates';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
});
