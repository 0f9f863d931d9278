import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '@vatevo/connection';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { hasPgBouncer, PGBOUNCER, startPgBouncer } from '@vatevo/test-kit/debian';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  CommitOutcomeUnknownError,
  createDbClient,
  type DbClient,
  QueryFailedError,
  TransactionFailedError,
  TransactionMisuseError,
  type TransactionModels,
  TransactionTimeoutError,
} from '../../src/index.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/index.ts';
import { newInvoice, newTenant } from './support/rows.ts';

let database: TestDatabase;
let databaseUrl: string;
let admin: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase({ postgres: await testServerUrl() });
  databaseUrl = String(database.env.POSTGRES_URL);
  admin = new pg.Client({ connectionString: databaseUrl, ssl: false });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  await admin.query('ROLLBACK');
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function open(env: Record<string, string> = {}): DbClient {
  const db = createDbClient({
    config: parseConfig({ POSTGRES_URL: databaseUrl, DB_POOL_SIZE: '1', ...env }),
  });
  cleanUps.push(() => db.close({ timeoutMs: 0 }));
  return db;
}

const nameOf = async (tenantId: number) =>
  (await admin.query('SELECT name FROM tenants WHERE id = $1', [tenantId])).rows[0]?.name as string;

/** Locks a tenant's row, until the end of the test. */
async function lock(tenantId: number): Promise<void> {
  await admin.query('BEGIN');
  await admin.query('SELECT 1 FROM tenants WHERE id = $1 FOR UPDATE', [tenantId]);
}

const waiting = async () =>
  (
    await admin.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
  ).rows[0].n as number;

const sessions = async () =>
  (
    await admin.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'vatevo'",
    )
  ).rows[0].n as number;

describe('a transaction that times out while a statement waits', () => {
  it('is told at once, runs nothing more, and leaves nothing to the next caller', async () => {
    const db = open();
    const locked = await newTenant(db);
    const other = await newTenant(db);
    await lock(locked);
    const late: unknown[] = [];
    let callback: Promise<unknown> = Promise.resolve();
    const timedOut = db.transaction(
      (models) => {
        callback = (async () => {
          const rename = (id: number) => models.tenant.update({ where: { id }, data: { name: 'renamed' } });
          late.push(await rename(locked).catch((error: unknown) => error));
          late.push(await rename(other).catch((error: unknown) => error));
          late.push(
            await models.$executeRaw`UPDATE tenants SET name = 'raw'`.catch((error: unknown) => error),
          );
        })();
        return callback as Promise<void>;
      },
      { timeoutMs: 300 },
    );
    await expect(timedOut).rejects.toThrow(TransactionTimeoutError);
    // Its only connection is lent to the next one, with the lock still held.
    const invoices = db.forTenant(other).transaction(async (models) => {
      await sleep(200);
      return models.invoice.count();
    });
    await callback;
    expect(late).toEqual(Array(3).fill(expect.any(TransactionTimeoutError)));
    expect(await invoices).toBe(0);
    await admin.query('COMMIT');
    await expect.poll(waiting).toBe(0);
    expect([await nameOf(locked), await nameOf(other)]).toEqual(['A tenant', 'A tenant']);
    expect(db.poolStats().inUse).toBe(0);
  });

  it('does not leave its statement waiting on the server', async () => {
    const db = open();
    const locked = await newTenant(db);
    await lock(locked);
    const timedOut = db.transaction(
      (models) => models.tenant.update({ where: { id: locked }, data: { name: 'renamed' } }),
      { timeoutMs: 500 },
    );
    timedOut.catch(() => undefined);
    await expect.poll(waiting).toBe(1);
    await expect(timedOut).rejects.toThrow(TransactionTimeoutError);
    await expect.poll(waiting).toBe(0);
    expect(await db.tenant.count({ where: { id: locked } })).toBe(1);
  });

  it('is the same by Prisma’s own $transaction', async () => {
    const db = open();
    const locked = await newTenant(db);
    const other = await newTenant(db);
    await lock(locked);
    const timedOut = db.$transaction(
      async (models) => {
        await models.tenant
          .update({ where: { id: locked }, data: { name: 'renamed' } })
          .catch(() => undefined);
        await models.tenant.update({ where: { id: other }, data: { name: 'renamed' } });
      },
      { timeout: 300 },
    );
    await expect(timedOut).rejects.toThrow();
    await admin.query('COMMIT');
    expect(await db.forTenant(other).transaction((models) => models.invoice.count())).toBe(0);
    expect([await nameOf(locked), await nameOf(other)]).toEqual(['A tenant', 'A tenant']);
  });

  it('is the same for several statements of one call', async () => {
    const db = open();
    const locked = await newTenant(db);
    await lock(locked);
    // An upsert of Prisma's and a create with others in it are several statements.
    const timedOut = db.transaction(
      (models) =>
        models.tenant.update({
          where: { id: locked },
          data: { name: 'renamed', invoices: { create: { ...prismaInvoice() } } } as never,
        }),
      { timeoutMs: 300 },
    );
    await expect(timedOut).rejects.toThrow();
    await admin.query('COMMIT');
    await expect.poll(() => db.poolStats().inUse).toBe(0);
    expect((await admin.query('SELECT 1 FROM invoices WHERE tenant_id = $1', [locked])).rowCount).toBe(0);
  });
});

const prismaInvoice = () => ({ ...newInvoice(), lineItems: [] });

describe('an exact transaction', () => {
  it('that times out runs nothing more', async () => {
    const db = open({ DB_POOL_SIZE: '2' });
    const tenantId = await newTenant(db);
    const tenant = db.forTenant(tenantId);
    const request = { key: 'slow', requestHash: 'a'.repeat(64) };
    let callback: Promise<string> = Promise.resolve('');
    const timedOut = tenant.answerOnce(request, (inside) => {
      callback = (async () => {
        await inside.createInvoice(newInvoice());
        await sleep(5500);
        await inside.createInvoice(newInvoice());
        return 'done';
      })();
      return callback;
    });
    await expect(timedOut).rejects.toThrow(TransactionTimeoutError);
    await expect(callback).rejects.toThrow(TransactionTimeoutError);
    expect(await tenant.invoices({ limit: 10 })).toEqual([]);
  });
});

describe('the state of a session', () => {
  const traces: [string, string][] = [
    ['a role', 'SET ROLE vatevo_app'],
    ['a role set by a function', "SELECT set_config('role', 'vatevo_app', false)"],
    ['a tenant', "SELECT set_config('vatevo.tenant_id', '1', false)"],
    ['a session’s user', 'SET SESSION AUTHORIZATION vatevo_app'],
    ['a time zone', "SET TIME ZONE 'America/New_York'"],
    ['a default', 'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY'],
    ['a search path', 'SET search_path = pg_catalog'],
    ['a temporary table', 'CREATE TEMPORARY TABLE tenants (id int)'],
    ['a channel', 'LISTEN everything'],
    ['a lock', 'SELECT pg_advisory_lock(7)'],
    ['a prepared statement', 'PREPARE vatevo_1 AS SELECT 1'],
  ];
  const FOUND = `SELECT current_user::text AS "user", current_setting('role') AS role, current_setting('TimeZone') AS zone,
      coalesce(current_setting('vatevo.tenant_id', true), '') AS tenant, current_setting('search_path') AS path,
      current_setting('default_transaction_read_only') AS ro,
      (SELECT count(*)::int FROM pg_class WHERE relpersistence = 't') AS temporary,
      (SELECT count(*)::int FROM pg_listening_channels()) AS channels,
      (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks,
      (SELECT count(*)::int FROM pg_prepared_statements WHERE from_sql) AS prepared`;

  it.each(traces)('does not reach the next caller: %s', async (_, sql) => {
    const db = open();
    const tenantId = await newTenant(db);
    const tenant = db.forTenant(tenantId);
    const found = () => db.$queryRawUnsafe(FOUND);
    const clean = await found();
    // As the login, alone.
    await db.$executeRawUnsafe(sql).catch(() => db.$queryRawUnsafe(sql));
    expect(await found()).toEqual(clean);
    // In transactions of the login and of a tenant, that are committed and that are not.
    for (const transact of [db.transaction, tenant.transaction, db.$transaction.bind(db)]) {
      for (const outcome of ['committed', 'rolled back']) {
        await (transact as typeof db.transaction)(async (models) => {
          await models.$queryRawUnsafe(sql).catch(() => undefined);
          if (outcome !== 'committed') throw new Error(outcome);
        }).catch(() => undefined);
        expect(await found()).toEqual(clean);
        expect(await tenant.invoices({ limit: 1 })).toEqual([]);
      }
    }
    expect((await tenant.createInvoice(newInvoice())).tenantId).toBe(tenantId);
    expect(await db.tenant.count({ where: { id: tenantId } })).toBe(1);
  });

  it('does not reach the next caller: which random numbers come', async () => {
    const db = open();
    const tenant = db.forTenant(await newTenant(db));
    const drawn = async () => {
      await tenant.transaction((models) => models.$queryRaw`SELECT setseed(0.5)::text`);
      return db.$queryRaw`SELECT random() AS number`;
    };
    expect(await drawn()).not.toEqual(await drawn());
  });

  it('costs the plans that the server keeps only where SQL of the caller’s own was run', async () => {
    const db = open();
    const tenant = db.forTenant(await newTenant(db));
    const pids = async () =>
      (
        await admin.query(
          "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'vatevo'",
        )
      ).rows;
    const before = await pids();
    for (let i = 0; i < 5; i++) {
      await tenant.invoices({ limit: 1 });
      await tenant.transaction((models) => models.invoice.count());
      await db.transaction((models) => models.tenant.count());
    }
    expect(await pids()).toEqual(before);
    const [{ kept }] = (await db.$queryRaw`SELECT count(*)::int AS kept FROM pg_prepared_statements`) as [
      { kept: number },
    ];
    expect(kept).toBeGreaterThan(0);
    await expect(db.$queryRaw`SELECT count(*)::int AS kept FROM pg_prepared_statements`).resolves.toEqual([
      { kept: 0 },
    ]);
    expect(await tenant.invoices({ limit: 1 })).toEqual([]);
  });
});

describe('conflicts', () => {
  /** Two transactions that read what the other writes. */
  async function skew(retries: number | undefined) {
    const db = open({ DB_POOL_SIZE: '2' });
    const ids = [await newTenant(db), await newTenant(db)] as const;
    let runs = 0;
    let met = 0;
    const meet = async () => {
      met++;
      for (let i = 0; met < 2 && i < 200; i++) await sleep(10);
    };
    const one = (mine: number, theirs: number) =>
      db.transaction(
        async (models) => {
          runs++;
          const { name } = await models.tenant.findUniqueOrThrow({ where: { id: theirs } });
          await meet();
          await models.tenant.update({ where: { id: mine }, data: { name: `${name}+` } });
        },
        { isolation: 'Serializable', ...(retries !== undefined && { retries }) },
      );
    const results = await Promise.allSettled([one(ids[0], ids[1]), one(ids[1], ids[0])]);
    return { results, runs, names: [await nameOf(ids[0]), await nameOf(ids[1])].sort() };
  }

  it('are tried again: a serialization failure', async () => {
    const { results, runs, names } = await skew(undefined);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(runs).toBeGreaterThan(2);
    expect(names).toEqual(['A tenant+', 'A tenant++']);
  });

  it('are told when there are to be no retries', async () => {
    const { results, runs } = await skew(0);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(runs).toBe(2);
  });

  it.each(['models', 'raw'])('are tried again: a deadlock, by %s', async (way) => {
    const db = open({ DB_POOL_SIZE: '2' });
    const ids = [await newTenant(db), await newTenant(db)] as const;
    let met = 0;
    const both = (first: number, second: number) =>
      db.transaction(async (models) => {
        const rename = (id: number) =>
          way === 'raw'
            ? models.$executeRaw`UPDATE tenants SET name = name || '+' WHERE id = ${id}`
            : // Takes the lock first: what is only read may be another's by the time that it is written.
              models.tenant
                .update({ where: { id }, data: { isActive: true } })
                .then(({ name }) => models.tenant.update({ where: { id }, data: { name: `${name}+` } }));
        await rename(first);
        met++;
        for (let i = 0; met < 2 && i < 200; i++) await sleep(10);
        await rename(second);
      });
    await Promise.all([both(ids[0], ids[1]), both(ids[1], ids[0])]);
    expect([await nameOf(ids[0]), await nameOf(ids[1])]).toEqual(['A tenant++', 'A tenant++']);
  });
});

describe('a try that is not done again', () => {
  const conflict = (models: TransactionModels) =>
    models.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$`);

  it('is one that went back to a savepoint, and failed for another reason', async () => {
    let runs = 0;
    const done = open().transaction(async (models) => {
      runs++;
      await models.$executeRaw`SAVEPOINT here`;
      await expect(conflict(models)).rejects.toThrow();
      await models.$executeRaw`ROLLBACK TO SAVEPOINT here`;
      throw new Error('of its own');
    });
    await expect(done).rejects.toThrow('of its own');
    expect(runs).toBe(1);
  });

  it('is one that used up its time', async () => {
    let runs = 0;
    const done = open().transaction(
      async (models) => {
        runs++;
        await conflict(models).catch(() => undefined);
        await new Promise(() => undefined);
      },
      { timeoutMs: 300 },
    );
    await expect(done).rejects.toThrow(TransactionTimeoutError);
    expect(runs).toBe(1);
  });
});

describe('a tenant’s own SQL', () => {
  const ways: [string, (other: number) => string][] = [
    ['SET LOCAL', (other) => `SET LOCAL vatevo.tenant_id = '${other}'`],
    ['SET', (other) => `SET vatevo.tenant_id = '${other}'`],
    ['a function', (other) => `SELECT set_config('vatevo.tenant_id', '${other}', true)`],
    ['RESET', () => 'RESET vatevo.tenant_id'],
    ['RESET ROLE', () => 'RESET ROLE'],
    ['SET ROLE', () => 'SET ROLE NONE'],
    ['a function for the role', () => `SELECT set_config('role', 'none', false)`],
    ['another user', () => 'SET SESSION AUTHORIZATION DEFAULT'],
    ['a block', () => 'DO $$ BEGIN RESET ROLE; END $$'],
  ];

  it.each(ways)('does not go on as somebody else: %s', async (_, sqlOf) => {
    const db = open();
    const [mine, other] = [await newTenant(db), await newTenant(db)];
    await db.forTenant(other).createInvoice(newInvoice());
    let behind: Promise<unknown> = Promise.resolve();
    const done = db.forTenant(mine).transaction((models) => {
      const calls = () => [
        models.$queryRawUnsafe(sqlOf(other)),
        models.invoice.deleteMany(),
        models.$queryRaw`SELECT count(*) FROM public.invoices`,
      ];
      behind = Promise.allSettled(calls()).then(async (first) => [
        ...first,
        ...(await Promise.allSettled(calls())),
      ]);
      return behind;
    });
    await expect(done).rejects.toThrow(TransactionMisuseError);
    expect(await behind).toEqual(Array(6).fill(expect.objectContaining({ status: 'rejected' })));
    expect(await db.forTenant(other).invoices({ limit: 2 })).toHaveLength(1);
    expect(await db.forTenant(mine).invoices({ limit: 2 })).toEqual([]);
  });

  it('copies nothing from or to a stream that is not there', async () => {
    const db = open();
    const tenant = db.forTenant(await newTenant(db));
    for (const sql of ['COPY invoices FROM stdin', '/* all */ copy (SELECT 1)\n TO STDOUT (FORMAT csv)']) {
      const copied = tenant.transaction((models) => models.$executeRawUnsafe(sql));
      await expect(copied).rejects.toThrow('COPY with STDIN or STDOUT wants a stream');
    }
  });

  it('may do everything else', async () => {
    const db = open();
    const tenantId = await newTenant(db);
    const found = await db.forTenant(tenantId).transaction(async (models) => {
      await models.$executeRaw`SET LOCAL search_path = pg_temp`;
      await models.$executeRaw`CREATE TEMPORARY TABLE invoices (id int)`;
      await models.$executeRaw`INSERT INTO invoices VALUES (1)`;
      return models.$queryRaw`SELECT current_user::text AS role, count(*)::int AS n FROM invoices`;
    });
    expect(found).toEqual([{ role: 'vatevo_app', n: 1 }]);
  });
});

it('tells of several statements that leave a transaction open', async () => {
  const db = open();
  const id = await newTenant(db);
  const done = db.$executeRawUnsafe(`SELECT 1; BEGIN; UPDATE tenants SET name = 'never' WHERE id = ${id}`);
  await expect(done).rejects.toThrow(TransactionMisuseError);
  expect(await nameOf(id)).toBe('A tenant');
  expect(await db.tenant.count({ where: { id } })).toBe(1);
});

describe('what a transaction begins with', () => {
  it('is asked for with the first statement, so that nothing runs when it fails', async () => {
    const db = open();
    const tenantId = await newTenant(db);
    // No statement of the transaction may run as the login when the role cannot be taken.
    await admin.query('ALTER ROLE vatevo_app RENAME TO vatevo_app_away');
    try {
      const tenant = db.forTenant(tenantId);
      await expect(tenant.createInvoice(newInvoice())).rejects.toThrow(QueryFailedError);
      await expect(tenant.transaction((models) => models.tenant.findMany())).rejects.toThrow();
      const all = tenant.transaction((models) =>
        Promise.allSettled([models.tenant.findMany(), models.$queryRaw`SELECT 1`, models.invoice.count()]),
      );
      await expect(all).rejects.toThrow(TransactionFailedError);
    } finally {
      await admin.query('ALTER ROLE vatevo_app_away RENAME TO vatevo_app');
    }
    expect((await admin.query('SELECT 1 FROM invoices WHERE tenant_id = $1', [tenantId])).rowCount).toBe(0);
    expect(await db.forTenant(tenantId).invoices({ limit: 1 })).toEqual([]);
  });
});

describe('a server that goes away', () => {
  /** A way to the server that can be cut. */
  async function proxied() {
    const { hostname, port } = new URL(databaseUrl);
    const sockets = new Set<Socket>();
    let onData: (text: string) => boolean = () => true;
    const server = createServer((client) => {
      const upstream = connect(Number(port), hostname);
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          client.destroy();
          upstream.destroy();
        });
      }
      client.on('data', (chunk) => upstream.write(chunk));
      upstream.on('data', (chunk) =>
        onData(chunk.toString('latin1')) ? client.write(chunk) : client.destroy(),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUps.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const url = new URL(databaseUrl);
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as AddressInfo).port);
    return {
      url: url.href,
      /** Cuts the connection instead of passing on an answer that holds the text. */
      cutAt: (text: string) => {
        onData = (answer) => !answer.includes(text);
      },
    };
  }

  it('with the answer to a COMMIT leaves it open whether it is stored, and says so', async () => {
    const way = await proxied();
    const db = open({ POSTGRES_URL: way.url, DB_SSL_MODE: 'disable' });
    const id = await newTenant(db);
    way.cutAt('COMMIT\0');
    const rename = db.transaction((models) =>
      models.tenant.update({ where: { id }, data: { name: 'stored' } }),
    );
    await expect(rename).rejects.toThrow(CommitOutcomeUnknownError);
    expect(await nameOf(id)).toBe('stored');
    // What is a transaction by itself is committed before its last answer, which comes with the row.
    way.cutAt('EXT-1');
    const created = db.forTenant(id).createInvoice(newInvoice());
    await expect(created).rejects.toThrow(CommitOutcomeUnknownError);
    const read = db.forTenant(id).invoices({ limit: 1 });
    await expect(read).rejects.toMatchObject({ name: 'ConnectionError', reason: 'lost' });
  });

  it('in the middle stores nothing', async () => {
    const db = open();
    const id = await newTenant(db);
    const rename = db.transaction(async (models) => {
      await models.tenant.update({ where: { id }, data: { name: 'renamed' } });
      const [{ pid }] = (await models.$queryRaw`SELECT pg_backend_pid() AS pid`) as [{ pid: number }];
      await admin.query('SELECT pg_terminate_backend($1)', [pid]);
      await models.tenant.update({ where: { id }, data: { name: 'again' } });
    });
    await expect(rename).rejects.toMatchObject({ name: 'ConnectionError', reason: 'lost' });
    expect(await nameOf(id)).toBe('A tenant');
    expect(await db.tenant.count({ where: { id } })).toBe(1);
  });

  it('before the COMMIT leaves nothing open, when that is known, and says why', async () => {
    const db = open();
    const id = await newTenant(db);
    const rename = db.transaction(async (models) => {
      await models.$executeRaw`SET LOCAL idle_in_transaction_session_timeout = 100`;
      await models.tenant.update({ where: { id }, data: { name: 'renamed' } });
      await expect.poll(sessions, { timeout: 10_000 }).toBe(0);
      // Its end has been sent; now it must arrive.
      await sleep(200);
    });
    const error = await rename.catch((failure: unknown) => failure);
    expect(error).toMatchObject({
      name: 'ConnectionError',
      message: expect.stringContaining('idle-in-transaction'),
    });
    expect(await nameOf(id)).toBe('A tenant');
  });

  it('between the last statement and the COMMIT stores nothing, whatever is told', async () => {
    const db = open();
    const id = await newTenant(db);
    const rename = db.transaction(async (models) => {
      await models.tenant.update({ where: { id }, data: { name: 'renamed' } });
      const [{ pid }] = (await models.$queryRaw`SELECT pg_backend_pid() AS pid`) as [{ pid: number }];
      await admin.query('SELECT pg_terminate_backend($1)', [pid]);
    });
    await expect(rename).rejects.toThrow(/lost/);
    expect(await nameOf(id)).toBe('A tenant');
  });
});

it.runIf(hasPgBouncer)(`times out behind a pooler, too (needs ${PGBOUNCER})`, async () => {
  const bouncer = await startPgBouncer(databaseUrl, 'transaction');
  cleanUps.push(() => bouncer.stop());
  const db = open({ POSTGRES_URL: bouncer.url });
  const locked = await newTenant(db);
  await lock(locked);
  const timedOut = db.transaction(
    (models) => models.tenant.update({ where: { id: locked }, data: { name: 'renamed' } }),
    { timeoutMs: 500 },
  );
  await expect(timedOut).rejects.toThrow(TransactionTimeoutError);
  await expect.poll(waiting).toBe(0);
  await admin.query('COMMIT');
  expect(await nameOf(locked)).toBe('A tenant');
  expect(await db.forTenant(locked).invoices({ limit: 1 })).toEqual([]);
});

describe.runIf(hasPgBouncer)(`raw SQL behind a pooler (needs ${PGBOUNCER})`, () => {
  /** Settings of the database that are none of ours. */
  const STRANGE = { timezone: 'Asia/Tokyo', datestyle: 'German' };

  it.each(['transaction', 'session'] as const)('leaves nothing behind in %s mode', async (mode) => {
    const name = new URL(databaseUrl).pathname.slice(1);
    for (const [setting, value] of Object.entries(STRANGE)) {
      await admin.query(`ALTER DATABASE "${name}" SET ${setting} = '${value}'`);
      cleanUps.push(() => admin.query(`ALTER DATABASE "${name}" RESET ${setting}`));
    }
    const bouncer = await startPgBouncer(databaseUrl, mode);
    cleanUps.push(() => bouncer.stop());
    const db = open({ POSTGRES_URL: bouncer.url, DB_POOL_SIZE: '4' });
    const other = open({ POSTGRES_URL: bouncer.url, DB_POOL_SIZE: '4' });
    const tenantId = await newTenant(db);
    const tenant = db.forTenant(tenantId);
    const { createdAt } = await tenant.createInvoice(newInvoice());
    expect(createdAt).toMatch(/Z$/);
    const found = (client: DbClient) =>
      client.$queryRaw`SELECT current_setting('TimeZone') AS zone, current_setting('DateStyle') AS style,
        current_user::text AS user, current_setting('search_path') AS path, current_setting('application_name') AS name`;
    const clean = await found(db);
    expect(clean).toMatchObject([{ zone: 'UTC', style: 'ISO, MDY', name: 'vatevo' }]);
    const traces = ['SET ROLE vatevo_app', "SET TIME ZONE 'America/New_York'", 'SET search_path = nowhere'];
    const leave = async (i: number) => {
      const sql = traces[i % traces.length] as string;
      if (i % 2 === 0) await db.$executeRawUnsafe(sql);
      else await db.transaction((models) => models.$executeRawUnsafe(sql));
    };
    const look = async (client: DbClient) => {
      expect(await found(client)).toEqual(clean);
      expect(await client.tenant.count({ where: { id: tenantId } })).toBe(1);
      expect((await client.forTenant(tenantId).invoices({ limit: 1 }))[0]?.createdAt).toBe(createdAt);
    };
    for (let i = 0; i < traces.length * 2; i++) {
      await leave(i);
      await look(db);
      await look(other);
    }
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? leave(i / 3) : look(i % 3 === 1 ? db : other))),
    );
  });
});
