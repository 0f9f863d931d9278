import { connect, parsePostgresUrl } from '@vatevo/connection';
import { createTestDatabase, type TestDatabase } from '@vatevo/db/testing';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findUnreadyToCopy, refuseCluster } from '../../src/distribute/cluster.ts';
import { differing, digestTables } from '../../src/distribute/digest.ts';
import { readLayout } from '../../src/distribute/tables.ts';
import { call } from '../support/call.ts';
import { runScript } from '../support/run-script.ts';

/* What a single PostgreSQL can show. The rest is in cluster.test.ts. */

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase({ postgres: await testServerUrl() });
  client = await connect(parsePostgresUrl(database.env.POSTGRES_URL as string));
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

it('refuses a single server, and says what would have to be there', async () => {
  const { code, stderr } = await runScript('ops:distribute', [], database.env);
  expect(stderr).toMatch(/is no cluster: the database has no extension citus\.\n.*CREATE EXTENSION citus/);
  expect(code).toBe(4);
  for (const option of ['--status', '--undo']) {
    expect(await call(['distribute', option], database.env)).toMatchObject({ code: 4 });
  }
  expect(await call(['distribute', '--status', '--undo'], database.env)).toMatchObject({ code: 2 });
});

it.each([
  ['12.1-1', true],
  ['13.0-1', true],
  ['13.1-1', false],
  ['13.10-1', false],
  ['14.0-1', false],
])('refuses a Citus that is older than 13.1, and takes others: %s', (citus, isRefused) => {
  const facts = { isCoordinator: true, isNode: true, workers: 2, propagates: 'local', tellsOfDdl: true };
  const refusal = refuseCluster({ ...facts, citus, database: 'vatevo' });
  expect(refusal?.message.includes('version 13.1 is the oldest') ?? false).toBe(isRefused);
});

it('follows no table on this version of PostgreSQL that had a column which was dropped', async () => {
  const followed = async (...names: string[]) => (await findUnreadyToCopy(client, names)).join('\n');
  expect(await followed('public.invoices')).toMatch(
    /^public\.invoices had a column that was dropped.* would crash PostgreSQL 17 and newer: .* without --concurrently/m,
  );
  expect(await followed('public.idempotency_keys')).not.toContain('dropped');
});

it('takes from the catalog which tables have a tenant, and which keys lead between them', async () => {
  const { reference, spread, keys } = await readLayout(client);
  expect(reference).toEqual(['public.tenants']);
  expect(spread).toEqual([
    { name: 'public.idempotency_keys', by: 'tenant_id' },
    { name: 'public.invoices', by: 'tenant_id' },
    { name: 'public.webhook_events', by: 'tenant_id' },
  ]);
  expect(keys.map(({ name }) => name)).toEqual(['webhook_events_tenant_id_invoice_id_fkey']);
});

it('tells by its digests when a single value differs', async () => {
  await client.query('BEGIN');
  await client.query(
    `INSERT INTO tenants (name, api_key_hash, api_key_prefix) SELECT n, repeat(n::text, 64), 'a' FROM generate_series(1, 5) AS n`,
  );
  const before = await digestTables(client, ['public.tenants', 'public.invoices']);
  expect(before.get('public.tenants')?.rows).toBe('5');
  await client.query(`UPDATE tenants SET name = '50' WHERE name = '5'`);
  const after = await digestTables(client, ['public.tenants', 'public.invoices']);
  await client.query('ROLLBACK');
  expect(differing(before, after)).toEqual(['public.tenants']);
});

it('keeps backups and transfers from tables that lie on several servers', async () => {
  // As a coordinator tells of them.
  await client.query(`SET allow_system_table_mods = on`);
  await client.query(`CREATE TABLE pg_catalog.pg_dist_partition AS SELECT 'public.invoices'::regclass AS logicalrelid,
    'h'::"char" AS partmethod, 'tenant_id' AS partkey, 's'::"char" AS repmodel, 1 AS colocationid`);
  await client.query(
    `CREATE FUNCTION pg_catalog.column_to_column_name(regclass, text) RETURNS text LANGUAGE sql AS 'SELECT $2'`,
  );
  const backup = await call(['backup'], database.env);
  expect(backup).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(
      /lie on several servers \(public\.invoices\)\. A backup is one snapshot[\s\S]*citus_create_restore_point/,
    ),
  });
  for (const command of ['transfer', 'verify']) {
    const refused = await call([command, '--source', 'ops/fixtures/legacy.db'], database.env);
    expect(refused).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(
        /Move into tables that are not distributed[\s\S]*together first \(pnpm ops:distribute --undo\)/,
      ),
    });
  }
});
