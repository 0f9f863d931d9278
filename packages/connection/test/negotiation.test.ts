import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { type Certificates, makeCertificates } from '@vatevo/test-kit/certificates';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ConnectOptions, createClient, type PgClient } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { ConnectionError } from '../src/connection-error.ts';
import { parsePostgresUrl } from '../src/postgres-url.ts';
import type { PostgresTarget } from '../src/target.ts';

/** A listener that speaks as it is told, in place of servers that PostgreSQL itself cannot be made to be. */
async function imposter(speak: (socket: Socket) => void): Promise<PostgresTarget> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return parsePostgresUrl(`postgresql://app:pw@127.0.0.1:${port}/db`);
}

async function reason(target: PostgresTarget, options: ConnectOptions = {}): Promise<string> {
  const opened = await connect(target, options).catch((error: unknown) => error);
  if (opened instanceof ConnectionError) return opened.reason;
  await (opened as PgClient).end();
  return 'connected';
}

describe('a server that goes silent', () => {
  const stages: [string, string | undefined][] = [
    ['at once', undefined],
    ['after it agreed to TLS', 'S'],
    ['after it had no TLS', 'N'],
  ];
  it.each(stages)('%s does not outlast the time-out, in any mode', async (_, answer) => {
    const target = await imposter((socket) => socket.once('data', () => answer && socket.write(answer)));
    const modes = answer === 'N' ? (['prefer'] as const) : (['prefer', 'require'] as const);
    for (const mode of modes) {
      expect(await reason(target.with({ ssl: { mode } }), { timeoutMs: 500 })).toBe('timeout');
    }
  });

  it('also when it answers in the first of two tries only', async () => {
    let tries = 0;
    const target = await imposter((socket) => {
      tries += 1;
      // Breaks the handshake off; the second try, in clear text, gets no answer.
      if (tries === 1) socket.once('data', () => socket.end('S'));
    });
    expect(await reason(target.with({ ssl: { mode: 'prefer' } }), { timeoutMs: 1500 })).toBe('timeout');
    expect(tries).toBe(2);
  });

  it('keeps to the connect_timeout of the URL', async () => {
    const target = await imposter(() => undefined);
    expect(await reason(target.with({ connectTimeoutSeconds: 1 }))).toBe('timeout');
  });
});

it('refuses bytes behind the answer to the request for TLS', async () => {
  const target = await imposter((socket) => socket.once('data', () => socket.write('SE then more')));
  for (const mode of ['prefer', 'require'] as const) {
    expect(await reason(target.with({ ssl: { mode } }))).toBe('tls');
  }
});

it('calls a server that hangs up a lost connection', async () => {
  const target = await imposter((socket) => socket.once('data', () => socket.destroy()));
  for (const mode of ['disable', 'require'] as const) {
    expect(await reason(target.with({ ssl: { mode } }))).toBe('lost');
  }
});

it.each([
  ['server conn crashed?', '08P01', 'lost'],
  ['query_wait_timeout', '08P01', 'lost'],
  ['no more connections allowed (max_client_conn)', '08P01', 'too-many-connections'],
  ['Max client connections reached', 'XX000', 'too-many-connections'],
])('knows what a pooler means by "%s" (%s)', async (said, code, expected) => {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${said}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  const target = await imposter((socket) =>
    socket.once('data', () => socket.end(Buffer.concat([head, fields]))),
  );
  expect(await reason(target)).toBe(expected);
});

it('says that a root certificate cannot be read, not that the server is away', async () => {
  const target = await imposter(() => undefined);
  const missing = target.with({ ssl: { mode: 'verify-full', rootCertFile: '/nowhere/ca.pem' } });
  await expect(connect(missing)).rejects.toMatchObject({
    reason: 'tls',
    message: expect.stringContaining('/nowhere/ca.pem cannot be read: ENOENT'),
  });
  const noPem = target.with({ ssl: { mode: 'verify-full', rootCertFile: '/dev/null' } });
  await expect(connect(noPem)).rejects.toThrow('/dev/null is not a PEM file');
});

describe('a server with TLS and a pg_hba.conf', () => {
  let server: LocalPostgres;
  let certificates: Certificates;
  let target: PostgresTarget;

  beforeAll(async () => {
    certificates = makeCertificates();
    server = await startLocalPostgres({ tls: certificates.server });
    target = parsePostgresUrl(server.url());
  });
  afterAll(async () => {
    await server?.dispose();
    certificates?.remove();
  });

  /** Lets TCP connections in by the given kind of line only. */
  async function letIn(kind: 'host' | 'hostssl' | 'hostnossl'): Promise<void> {
    const file = path.join(server.dataDir, 'pg_hba.conf');
    await writeFile(file, `${kind} all all 127.0.0.1/32 scram-sha-256\n`);
    await server.stop();
    await server.start();
  }

  async function encryption(of: PostgresTarget): Promise<string> {
    const client = await connect(of);
    const { protocol } = client.encryption ?? {};
    await client.end();
    return protocol ?? 'clear';
  }

  it('prefers TLS, and goes without it where the server wants that', async () => {
    const preferring = target.with({ ssl: { mode: 'prefer' } });
    expect(await encryption(preferring)).toBe('TLSv1.3');
    await letIn('hostnossl');
    expect(await encryption(preferring)).toBe('clear');
    expect(await reason(target.with({ ssl: { mode: 'require' } }))).toBe('authentication');
    // The second try fails for its own reason, which is the one told.
    expect(await reason(preferring.with({ password: 'wrong' }))).toBe('authentication');
    await letIn('host');
  });

  it('does not try again in clear text when the login itself fails', async () => {
    await letIn('hostssl');
    expect(await reason(target.with({ ssl: { mode: 'prefer' }, password: 'wrong' }))).toBe('authentication');
    const inClear = await connect(target.with({ ssl: { mode: 'disable' } })).catch((error) => error);
    expect(inClear).toMatchObject({ reason: 'tls', message: expect.stringContaining('DB_SSL_MODE') });
    await letIn('host');
  });
});

describe('the environment of libpq', () => {
  it('changes nothing but a missing password', async () => {
    const server = await startLocalPostgres();
    onTestFinished(() => server.dispose());
    onTestFinished(() => void vi.unstubAllEnvs());
    const set = {
      PGOPTIONS: '-c timezone=Asia/Tokyo -c statement_timeout=1',
      PGSSLMODE: 'require',
      PGSSLNEGOTIATION: 'direct',
      PGAPPNAME: 'somebody',
      PGREPLICATION: 'database',
    };
    for (const [name, value] of Object.entries(set)) vi.stubEnv(name, value);
    const target = parsePostgresUrl(server.url());
    const client = createClient(target);
    await client.connect();
    const { rows } = await client.query(
      `SELECT current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS timeout,
              current_setting('application_name') AS name`,
    );
    expect(rows).toEqual([{ zone: 'UTC', timeout: '0', name: 'vatevo' }]);
    await client.end();

    const silent = target.with({ password: undefined });
    vi.stubEnv('PGPASSWORD', undefined);
    expect(await reason(silent)).toBe('authentication');
    vi.stubEnv('PGPASSWORD', server.password);
    expect(await reason(silent)).toBe('connected');
  });
});
