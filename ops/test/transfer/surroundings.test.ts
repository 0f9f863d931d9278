import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalPostgres } from '@vatevo/local-postgres';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import {
  DEBIAN_POSTGRES,
  DEBIAN_VERSION,
  hasDebianPostgres,
  hasPgBouncer,
  PGBOUNCER,
  startDebianPostgres,
  startPgBouncer,
} from '@vatevo/test-kit/debian';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sql, variant } from '../support/sql.ts';
import { callOps, callTransfer } from './support/command.ts';
import { expectMoves } from './support/move.ts';
import { makeSource } from './support/source.ts';
import { contentOf } from './support/target.ts';

/** Everything works wherever PostgreSQL is found: what comes out is the same. */
let folder: string;
let source: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vatevo-surroundings-'));
  source = makeSource(folder, 'legacy.db', 1_000);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('moves as a plain owner of the database, whatever settings that role has', async () => {
  const server = await testServerUrl();
  const role = `owner_${process.pid}`;
  await sql(
    server,
    // What an administrator does once for the API.
    ...['vatevo_app', 'vatevo_jobs'].map(
      (each) => `DO $$ BEGIN CREATE ROLE ${each} NOLOGIN; EXCEPTION WHEN duplicate_object THEN END $$`,
    ),
    `CREATE ROLE ${role} LOGIN PASSWORD 'pw' NOSUPERUSER NOCREATEDB NOCREATEROLE IN ROLE vatevo_app, vatevo_jobs`,
    ...[
      `timezone = 'Europe/Berlin'`,
      `datestyle = 'German, DMY'`,
      'extra_float_digits = 0',
      `bytea_output = 'escape'`,
      `default_transaction_isolation = 'serializable'`,
    ].map((setting) => `ALTER ROLE ${role} SET ${setting}`),
    `CREATE DATABASE ${role} OWNER ${role}`,
  );
  try {
    const url = variant(server, { user: role, password: 'pw', database: role });
    await expectMoves(source, url);
    const [counts] = await sql(url, 'SELECT count(*)::int AS events FROM webhook_events');
    expect(counts).toEqual({ events: 1_091 });
  } finally {
    await sql(server, `DROP DATABASE ${role} WITH (FORCE)`, `DROP ROLE ${role}`);
  }
});

it('moves over TLS, with the server’s certificate verified', async () => {
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  );
  const server = await startLocalPostgres({
    tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') },
  });
  try {
    const url = new URL(await server.createDatabase());
    url.hostname = 'localhost';
    await expectMoves(source, url.href, { DB_SSL_MODE: 'verify-full', DB_SSL_ROOT_CERT: cert });
  } finally {
    await server.dispose();
  }
});

it.runIf(hasPgBouncer)(`moves through PgBouncer in session mode (needs ${PGBOUNCER})`, async () => {
  const server = await testServerUrl();
  const name = `bounced_${process.pid}`;
  await sql(server, `CREATE DATABASE ${name}`);
  const bouncer = await startPgBouncer(server, 'session');
  try {
    await expectMoves(source, variant(bouncer.url, { database: name }));
  } finally {
    await bouncer.stop();
    await sql(server, `DROP DATABASE ${name} WITH (FORCE)`);
  }
});

it.runIf(hasDebianPostgres)(
  `moves into PostgreSQL ${DEBIAN_VERSION} the same rows as into 18 (needs ${DEBIAN_POSTGRES})`,
  async () => {
    const server18 = await testServerUrl();
    const name = `moved_${process.pid}`;
    await sql(server18, `CREATE DATABASE ${name}`);
    const server = await startDebianPostgres();
    try {
      const inOther = await server.createDatabase('moved');
      const in18 = variant(server18, { database: name });
      await expectMoves(source, inOther);
      expect(await callOps('prepare-postgres', [], in18)).toMatchObject({ code: 0 });
      expect(await callTransfer(source, in18)).toMatchObject({ code: 0 });
      const data = ({ tenants, invoices, webhook_events, sequences }: Record<string, unknown>) => ({
        tenants,
        invoices,
        webhook_events,
        sequences,
      });
      expect(data(await contentOf(inOther))).toEqual(data(await contentOf(in18)));
    } finally {
      await server.dispose();
      await sql(server18, `DROP DATABASE ${name} WITH (FORCE)`);
    }
  },
);
