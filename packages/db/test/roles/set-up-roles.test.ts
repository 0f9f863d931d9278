import { type PostgresTarget, parsePostgresUrl } from '@vatevo/connection';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDbClient } from '../../src/index.ts';
import { deployMigrations, findMissingRoles, setUpRoles } from '../../src/migrations/index.ts';

// Roles belong to the server, so this needs one of its own, as it was before there was a role for the jobs.
let server: LocalPostgres;
let owner: pg.Client;
let target: PostgresTarget;
const POOL = { size: 2, min: 0, timeoutSeconds: 30, recycleSeconds: 600, statementTimeoutSeconds: 10 };

/** What a release from before the role for the jobs sends, with the rights of its login. */
const STATEMENTS_BEFORE = [
  `SELECT * FROM vatevo_create_tenant('A', repeat('a', 64), '', 'https://a.test/', NULL)`,
  'SELECT * FROM vatevo_claim_by_tenant(10, 10, 0, ARRAY[]::int[], ARRAY[]::int[], 60, 11)',
  'SELECT vatevo_settle_deliveries(ARRAY[1], ARRAY[1], ARRAY[true], ARRAY[NULL::timestamptz])',
  `SELECT vatevo_forget_idempotency_keys('2020-01-01')`,
];

beforeAll(async () => {
  server = await startLocalPostgres();
  target = parsePostgresUrl(await server.createDatabase('roles'));
  owner = new pg.Client({ connectionString: server.url('roles'), ssl: false });
  await owner.connect();
  await deployMigrations(target);
  await owner.query(
    `CREATE ROLE vatevo_app NOLOGIN; CREATE ROLE "the api" LOGIN PASSWORD 'pw' IN ROLE vatevo_app`,
  );
});
afterAll(async () => {
  await owner?.end();
  await server?.dispose();
});

function ofApi(): string {
  const url = new URL(server.url('roles'));
  url.username = 'the%20api';
  url.password = 'pw';
  return url.href;
}

it('lets the release that runs go on delivering when the role for the jobs is made', async () => {
  const both = await Promise.all([setUpRoles(target), setUpRoles(target)]);
  expect(both.flatMap(({ created }) => created)).toEqual(['vatevo_jobs']);
  const running = new pg.Client({ connectionString: ofApi(), ssl: false });
  await running.connect();
  try {
    for (const statement of STATEMENTS_BEFORE) await running.query(statement);
    for (const statement of STATEMENTS_BEFORE) {
      const asTenant = `SET ROLE vatevo_app; ${statement}`;
      await expect(running.query(asTenant)).rejects.toThrow(/permission denied for function/);
      await running.query('RESET ROLE');
    }
  } finally {
    await running.end();
  }
});

it('says what a login lacks that may not even look into the schema', async () => {
  await owner.query(`REVOKE ALL ON SCHEMA public FROM PUBLIC;
    CREATE ROLE aside LOGIN PASSWORD 'pw' NOINHERIT IN ROLE vatevo_app, vatevo_jobs`);
  const url = new URL(server.url('roles'));
  [url.username, url.password] = ['aside', 'pw'];
  const aside = new pg.Client({ connectionString: url.href, ssl: false });
  await aside.connect();
  try {
    const statements = await findMissingRoles(aside);
    expect(statements).not.toEqual([]);
    for (const statement of statements) await owner.query(statement);
    expect(await findMissingRoles(aside)).toEqual([]);
  } finally {
    await aside.end();
  }
});

it('works for all tenants as the role for the jobs alone, whatever the login inherits', async () => {
  await owner.query(`ALTER ROLE "the api" NOINHERIT`);
  if (Number((await owner.query('SHOW server_version_num')).rows[0].server_version_num) >= 160_000)
    await owner.query(`GRANT vatevo_jobs TO "the api" WITH INHERIT FALSE, SET TRUE`);
  const db = createDbClient({ config: { database: parsePostgresUrl(ofApi()), pool: POOL } });
  try {
    await expect(db.outbox.claim({ most: 10, leaseSeconds: 60, maxAttempts: 3 })).resolves.toEqual([]);
    await db.outbox.forgetAnswers({ before: '2020-01-01T00:00:00.000000Z', most: 10 });
    await owner.query('REVOKE vatevo_jobs FROM "the api"');
    await expect(db.outbox.claim({ most: 10, leaseSeconds: 60, maxAttempts: 3 })).rejects.toThrow(
      /permission denied to set role/,
    );
  } finally {
    await db.close();
  }
});
