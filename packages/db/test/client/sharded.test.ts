import { ConnectionError, connect, parseConfig, parsePostgresUrl } from '@vatevo/connection';
import type { TestDatabase } from '@vatevo/local-postgres/vitest';
import { startProxy } from '@vatevo/test-kit/message-proxy';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exerciseClient } from '../../src/check/client/exercise.ts';
import { createDbClient, type DbClient, type Delivery } from '../../src/index.ts';
import { preparedDatabase } from '../support/sql.ts';
import { looksLikeCluster } from './support/engines.ts';
import { newInvoice, newTenant } from './support/rows.ts';

/*
 * What a PostgreSQL that spreads tables over servers asks of the client, and any PostgreSQL can show.
 */

let database: TestDatabase;
let cluster: TestDatabase;

beforeAll(async () => {
  database = await preparedDatabase();
  cluster = await preparedDatabase();
  await looksLikeCluster(cluster.url);
});
afterAll(async () => {
  await database?.drop();
  await cluster?.drop();
});

/** The text of a message: a query's is all of it, and that of a statement to parse stands behind its name. */
function textOf(type: string, sql: string): string {
  const parts = sql.split('\0');
  return (type === 'P' ? parts[1] : parts[0]) ?? '';
}

/** Every statement that the client has, as it is sent. */
async function textsSentTo(url: string): Promise<string[]> {
  const texts: string[] = [];
  const proxy = await startProxy(url, ({ type, sql }) => {
    if (type === 'Q' || type === 'P') texts.push(textOf(type, sql).trim());
  });
  try {
    expect(await exerciseClient(parsePostgresUrl(proxy.url))).toEqual([]);
    return texts;
  } finally {
    await proxy.close();
  }
}

const mixed = (texts: readonly string[]) => texts.filter((text) => /;\s*\S/.test(text));

it('sends each statement in a message of its own', async () => {
  const texts = await textsSentTo(database.url);
  expect(texts.some((text) => text.includes(`set_config('vatevo.tenant_id'`))).toBe(true);
  expect(mixed(texts)).toEqual([]);
});

it('tells a coordinator of a tenant as its workers hear it: SET LOCAL, alone in its message', async () => {
  const texts = await textsSentTo(cluster.url);
  expect(mixed(texts)).toEqual([]);
  expect(texts.filter((text) => text.includes(`set_config('vatevo.tenant_id'`))).toEqual([]);
  const told = texts.filter((text) => text.includes('vatevo.tenant_id') && text.startsWith('SET'));
  expect(told.length).toBeGreaterThan(10);
  expect(told.filter((text) => !/^SET LOCAL vatevo\.tenant_id = '\d+'$/.test(text))).toEqual([]);
  expect(
    texts.filter((text) => /FOR UPDATE|vatevo_claim_by_tenant|INSERT INTO .* SELECT /s.test(text)),
  ).toEqual([]);
});

it('calls no function in SQL that reads a tenant’s rows: a cluster plans none for parameters', async () => {
  const called = new Set(
    (await textsSentTo(cluster.url)).flatMap((text) => text.match(/vatevo_\w+(?=\()/g) ?? []),
  );
  const client = await connect(parsePostgresUrl(cluster.url));
  try {
    const { rows } = await client.query(
      `SELECT p.proname AS name FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
       WHERE l.lanname = 'sql' AND p.proname = ANY ($1) AND p.prosrc ~ '^s*(SELECT|WITH)'
         AND EXISTS (SELECT FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
           WHERE c.relkind = 'r' AND a.attname = 'tenant_id' AND p.prosrc ~ ('public.' || c.relname || 'M'))`,
      [[...called]],
    );
    expect(called.size).toBeGreaterThan(7);
    expect(rows).toEqual([]);
  } finally {
    await client.end();
  }
});

it('returns what Prisma’s models write, enums included, without a cast that a cluster refuses', async () => {
  const returned: string[] = [];
  const proxy = await startProxy(cluster.url, ({ type, sql }) => {
    if (type === 'P' && / RETURNING /.test(sql))
      returned.push(textOf(type, sql).split(' RETURNING ')[1] ?? '');
  });
  const db = createDbClient({ config: configOf(proxy.url) });
  try {
    const tenantId = await newTenant(db);
    const { id } = await db.forTenant(tenantId).createInvoice(newInvoice());
    const where = { tenantId_id: { tenantId, id } };
    const failed = { status: 'FAILED', countryCode: 'DE' } as const;
    expect(await db.invoice.update({ where, data: { status: 'FAILED' } })).toMatchObject(failed);
    const { documentData, violations, gatewayResponse, ...row } = await db.invoice.delete({ where });
    const json = { supplierData: {}, customerData: {}, lineItems: [] };
    expect(await db.invoice.create({ data: { ...row, ...json } })).toMatchObject(failed);
    const changed = await db
      .forTenant(tenantId)
      .transaction((models) => models.invoice.update({ where, data: { status: 'REJECTED' } }));
    expect(changed).toEqual(await db.invoice.findUnique({ where }));
    expect(returned.filter((columns) => columns.includes('status')).length).toBeGreaterThan(3);
    expect(returned.filter((columns) => columns.includes('::'))).toEqual([]);
  } finally {
    await db.close();
    await proxy.close();
  }
});

it.each([
  ['08006', 'connection to the remote node app@worker:5432 failed'],
  ['57P02', 'terminating connection due to unexpected postmaster exit'],
  ['XX000', 'FATAL:  terminating connection due to administrator command'],
  ['XX000', 'server closed the connection unexpectedly'],
  ['XX000', 'could not commit transaction for shard 102347 on at least one active node'],
  ['XX000', 'failure on connection marked as essential: worker:5432'],
])(
  'keeps its connection to a server that cannot reach another one of the cluster (%s)',
  async (code, message) => {
    const client = await connect(parsePostgresUrl(cluster.url));
    const db = createDbClient({ config: parseConfig({ POSTGRES_URL: cluster.url, DB_POOL_SIZE: '1' }) });
    const session = () => db.$queryRaw`SELECT pg_backend_pid() AS pid`;
    try {
      await client.query(`CREATE OR REPLACE FUNCTION public.vatevo_give_back(tenants integer[], events bigint[], attempts integer[])
      RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE '${message}' USING ERRCODE = '${code}'; END $$`);
      const before = await session();
      const lost = db.outbox.giveBack([{ tenantId: 1, eventId: 1, attempt: 1 }]);
      await expect(lost).rejects.toThrow(`cannot reach another one of its cluster (${message})`);
      await expect(lost).rejects.toBeInstanceOf(ConnectionError);
      expect(await session()).toEqual(before);
    } finally {
      await db.close();
      await client.end();
    }
  },
);

it('takes a statement with too few values for no server that is away', async () => {
  const db = createDbClient({ config: configOf(cluster.url) });
  try {
    const failed = db.$queryRawUnsafe('SELECT $1::int + $2::int', 1);
    await expect(failed).rejects.toThrow('requires 2');
    await expect(failed).rejects.not.toBeInstanceOf(ConnectionError);
  } finally {
    await db.close();
  }
});

const configOf = (url: string) => parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: '2' });

it.each(['one server', 'a cluster'])(
  'gives no delivery of %s to two of four workers, each with connections of its own',
  async (what) => {
    const workers: DbClient[] = Array.from({ length: 4 }, () =>
      createDbClient({ config: configOf(what === 'a cluster' ? cluster.url : database.url) }),
    );
    const [db] = workers as [DbClient];
    try {
      const event = { eventType: 'invoice.validated', payload: {} };
      for (let n = 0; n < 5; n++) {
        const tenantId = await newTenant(db);
        await db.tenant.update({ where: { id: tenantId }, data: { webhookUrl: 'https://a.test/' } });
        await db.forTenant(tenantId).createInvoice(
          newInvoice(),
          Array.from({ length: 40 }, () => event),
        );
      }
      const claimed: Delivery[] = [];
      // Who finds nothing may have come when others held all that was left.
      const claimUntilNone = async (worker: DbClient) => {
        for (let found = 1; found > 0; ) {
          const some = await worker.outbox.claim({ most: 7, leaseSeconds: 3600, maxAttempts: 5 });
          claimed.push(...some);
          found = some.length;
        }
      };
      await Promise.all(workers.map(claimUntilNone));
      await claimUntilNone(db);
      expect(claimed).toHaveLength(200);
      expect(new Set(claimed.map(({ eventId }) => eventId)).size).toBe(200);
      expect(claimed.every(({ attempt }) => attempt === 1)).toBe(true);
    } finally {
      await Promise.all(workers.map((worker) => worker.close()));
    }
  },
);
