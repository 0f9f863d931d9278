import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspectServer } from '../../src/check/inspect-server.ts';
import { measureLatency } from '../../src/check/measure-latency.ts';
import { sql, variant, withClient } from '../support/sql.ts';

let database: TestDatabase;
const role = `plain_${process.pid}`;

beforeAll(async () => {
  database = await testDatabase();
  await sql(database.url, `CREATE ROLE ${role} LOGIN PASSWORD 'pw'`);
});
afterAll(async () => {
  await sql(database.url, `DROP ROLE ${role}`);
  await database.drop();
});

it('tells what a superuser may do', async () => {
  const facts = await withClient(database.url, inspectServer);
  expect(facts).toMatchObject({
    server: { standby: false, readOnly: false },
    tls: { used: false, protocol: null, cipher: null },
    database: { name: new URL(database.url).pathname.slice(1), encoding: 'UTF8' },
    role: { name: 'postgres', superuser: true, createDatabase: true, createRole: true },
    privileges: { connect: true, temporary: true, createSchema: true, createInPublic: true },
  });
  expect(facts.database.sizeBytes).toBeGreaterThan(1_000_000);
  expect(facts.server.connections.used).toBeGreaterThan(0);
});

it('tells what a plain role may not do', async () => {
  const facts = await withClient(variant(database.url, { user: role, password: 'pw' }), inspectServer);
  expect(facts).toMatchObject({
    role: {
      name: role,
      superuser: false,
      createDatabase: false,
      createRole: false,
      bypassRowSecurity: false,
    },
    privileges: { connect: true, createSchema: false, createInPublic: false },
  });
});

it('measures round trips', async () => {
  const latency = await withClient(database.url, measureLatency);
  expect(latency.samples).toBe(9);
  expect(latency.minMs).toBeGreaterThan(0);
  expect(latency.minMs).toBeLessThanOrEqual(latency.medianMs);
  expect(latency.medianMs).toBeLessThanOrEqual(latency.maxMs);
});
