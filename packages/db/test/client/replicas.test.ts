import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PostgresTarget, parseConfig } from '@vatevo/connection';
import { type LocalPostgres, startLocalPostgres, startStandby } from '@vatevo/local-postgres';
import { standbyPair } from '@vatevo/local-postgres/standby-pair';
import { canFreeze, freeze } from '@vatevo/local-postgres/vitest';
import { hasPgBouncer, PGBOUNCER, startPgBouncer } from '@vatevo/test-kit/debian';
import { startProxy } from '@vatevo/test-kit/message-proxy';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { createDbClient, type DbClient, READS_FROM, type ReadFrom } from '../../src/index.ts';
import { deployMigrations, setUpRoles } from '../../src/migrations/index.ts';
import { newInvoice, newTenant } from './support/rows.ts';

/** Reads right behind writes: as many as were promised in the long suite, a sample otherwise. */
const READS = process.env.VATEVO_TEST_LONG ? 100_000 : 400;
/** A write and a read take some milliseconds, on a busy machine ten times as many. */
const MAX_MS = 60_000 + READS * 20;
const MAX_LAG_MS = 2_000;

let primary: LocalPostgres;
let replica: LocalPostgres;
const admins: pg.Client[] = [];

async function admin(server: LocalPostgres): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url(), ssl: false });
  client.on('error', () => undefined);
  await client.connect();
  admins.push(client);
  return client;
}

let onReplica: pg.Client;

const pair = standbyPair(async (server) => {
  const target = parseConfig({ POSTGRES_URL: server.url() }).database as PostgresTarget;
  await deployMigrations(target);
  await setUpRoles(target);
});
beforeAll(async () => {
  ({ primary, standby: replica } = pair);
  onReplica = await admin(replica);
  // Tests restart the primary: it is looked for again at once.
  await onReplica.query(`ALTER SYSTEM SET wal_retrieve_retry_interval = '100ms'`);
  await onReplica.query('SELECT pg_reload_conf()');
});
afterAll(async () => {
  for (const client of admins) await client.end().catch(() => undefined);
});

type Counts = Record<ReadFrom, number>;

function open(
  server: LocalPostgres = primary,
  replicaUrl = replica.url(),
  poolSize = 4,
): { db: DbClient; counts: Counts; refusals: string[] } {
  const counts = Object.fromEntries(READS_FROM.map((from) => [from, 0])) as Counts;
  const refusals: string[] = [];
  const config = parseConfig({
    POSTGRES_URL: server.url(),
    POSTGRES_REPLICA_URLS: replicaUrl,
    DB_REPLICA_MAX_LAG_MS: String(MAX_LAG_MS),
    DB_POOL_SIZE: String(poolSize),
  });
  const observer = {
    tenantRead(from: ReadFrom) {
      counts[from]++;
    },
    replicaRefused(why: string) {
      refusals.push(why);
    },
  };
  const db = createDbClient({ config, observer });
  onTestFinished(() => db.close({ timeoutMs: 0 }));
  return { db, counts, refusals };
}

/** A tenant that can be read from the replica. */
async function readable(db: DbClient, counts: Counts): Promise<number> {
  const id = await newTenant(db);
  await expect
    .poll(
      async () => {
        const before = counts.replica;
        await db.forTenant(id).invoices({ limit: 1 });
        return counts.replica - before;
      },
      { timeout: 20_000, interval: 20 },
    )
    .toBe(1);
  return id;
}

/** Writes and reads in turn, by several at once: how many reads did not see the write before them. */
async function staleReads(db: DbClient, id: number, reads: number): Promise<number> {
  let left = reads;
  let stale = 0;
  const work = async () => {
    while (left-- > 0) {
      const { id: invoice } = await db.forTenant(id).createInvoice(newInvoice());
      if ((await db.forTenant(id).invoice(invoice)) === null) stale++;
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return stale;
}

it('a read behind a write is never older than that, from replicas that follow', {
  timeout: MAX_MS,
}, async () => {
  const { db, counts } = open();
  const id = await readable(db, counts);
  const before = { ...counts };
  expect(await staleReads(db, id, READS)).toBe(0);
  const read = READS_FROM.reduce((sum, from) => sum + counts[from] - before[from], 0);
  expect(read).toBe(READS);
  if (process.env.VATEVO_TEST_LONG) console.log(READS, 'reads behind writes', counts);
  // Not because nobody asked one.
  const asked = (from: keyof Counts) => counts[from] - before[from];
  expect(asked('replica') + asked('primary-behind')).toBeGreaterThan(0);
  expect(db.replicaStats()).toMatchObject([{ isUp: true }]);
  // Those that come a moment later are what a replica is for.
  await expect
    .poll(async () => {
      const asked = counts.replica;
      await db.forTenant(id).invoices({ limit: 1 });
      return counts.replica - asked;
    })
    .toBe(1);
});

it('nor from one that is paused, for whoever reads', async () => {
  const { db, counts } = open();
  const id = await readable(db, counts);
  await onReplica.query('SELECT pg_wal_replay_pause()');
  onTestFinished(() => onReplica.query('SELECT pg_wal_replay_resume()').then(() => undefined));
  const { id: invoice } = await db.forTenant(id).createInvoice(newInvoice());
  const { position } = db.forTenant(id);
  expect(position).toMatch(/^1\/[0-9A-F]+\/[0-9A-F]+$/);
  const before = { ...counts };
  expect(await staleReads(db, id, 50)).toBe(0);
  expect(counts.replica).toBe(before.replica);
  expect(counts['primary-behind']).toBeGreaterThan(before['primary-behind']);
  expect(db.replicaStats()[0]?.behindBytes).toBeGreaterThan(0);
  // Another process knows by the position, and by that alone while the replica is within its lag.
  const other = open();
  await other.db.forTenant(id, { after: position }).invoice(invoice);
  await expect
    .poll(async () => {
      const asked = other.counts['primary-behind'];
      const found = await other.db.forTenant(id, { after: position }).invoice(invoice);
      expect(found?.id).toBe(invoice);
      return other.counts['primary-behind'] - asked;
    })
    .toBe(1);
  expect(other.counts.replica).toBe(0);
  // Nobody is told what was there longer ago than is allowed, whatever he knows.
  const another = open();
  await expect
    .poll(async () => (await another.db.forTenant(id).invoice(invoice))?.id ?? null, {
      timeout: MAX_LAG_MS * 3,
    })
    .toBe(invoice);
});

it('writes, and what is inside of a transaction, are asked of the primary', async () => {
  const { db, counts } = open();
  const id = await readable(db, counts);
  const before = { ...counts };
  const tenant = db.forTenant(id);
  const { answer } = await tenant.answerOnce({ key: 'once', requestHash: '0' }, async (inside) => {
    const { id: invoice } = await inside.createInvoice(newInvoice());
    return String((await inside.invoice(invoice))?.id === invoice);
  });
  expect(answer).toBe('true');
  await tenant.transaction(async (models) => {
    const { id: invoice } = await models.invoice.findFirstOrThrow({ where: { tenantId: id } });
    expect(invoice).toBeGreaterThan(0);
  });
  await db.forTenant(id, { from: 'primary' }).invoices({ limit: 1 });
  expect(counts).toEqual(before);
});

it.runIf(canFreeze)('a replica that freezes or dies costs no read (needs /proc)', async () => {
  const { db, counts } = open();
  const id = await readable(db, counts);
  const thaw = freeze(replica);
  try {
    const reads = Array.from({ length: 40 }, () => db.forTenant(id).invoices({ limit: 1 }));
    expect((await Promise.allSettled(reads)).filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(counts['primary-lost']).toBeGreaterThan(0);
    // It is known by now: who reads is not kept waiting for it.
    expect(db.replicaStats()).toMatchObject([{ isUp: false }]);
    await db.forTenant(id).invoices({ limit: 1 });
  } finally {
    thaw();
  }
  await readable(db, counts);
  let failed = 0;
  let reading = true;
  const readers = Array.from({ length: 4 }, async () => {
    while (reading)
      await db
        .forTenant(id)
        .invoices({ limit: 1 })
        .catch(() => failed++);
  });
  await replica.stop('immediate');
  await expect.poll(() => db.replicaStats()).toMatchObject([{ isUp: false }]);
  await replica.start();
  await expect.poll(() => db.replicaStats(), { timeout: 20_000 }).toMatchObject([{ isUp: true }]);
  reading = false;
  await Promise.all(readers);
  expect(failed).toBe(0);
  onReplica = await admin(replica);
});

it('what is no replica of the database is not read from, and named once', async () => {
  // With a password of its own it is no copy of the others, so that it is another system.
  const other = await startLocalPostgres({ password: 'of-another-cluster' });
  onTestFinished(() => other.dispose());
  const elsewhere = await primary.createDatabase();
  onTestFinished(() => primary.dropDatabase(new URL(elsewhere).pathname.slice(1)));
  const onStandby = replica.url(new URL(elsewhere).pathname.slice(1));
  const isThere = async () =>
    (
      await onReplica.query('SELECT 1 FROM pg_database WHERE datname = $1', [
        new URL(elsewhere).pathname.slice(1),
      ])
    ).rowCount;
  await expect.poll(isThere).toBe(1);
  // Where a provider took the right to ask from all.
  const untold = new URL(replica.url());
  Object.assign(untold, { username: 'untold', password: 'of-nobody' });
  await (await admin(primary)).query(`CREATE ROLE untold LOGIN PASSWORD 'of-nobody' IN ROLE vatevo_app;
    REVOKE EXECUTE ON FUNCTION pg_control_system, pg_control_checkpoint, pg_control_recovery FROM PUBLIC`);
  for (const [url, fault] of [
    [untold.href, 'it does not tell which cluster it belongs to'],
    [primary.url(), 'it is no standby'],
    [onStandby, 'it is another database of the cluster'],
    [other.url(), 'it belongs to another cluster'],
  ] as const) {
    const { db, counts, refusals } = open(primary, url);
    const id = await newTenant(db);
    await expect
      .poll(async () => {
        expect(await db.forTenant(id).invoices({ limit: 1 })).toEqual([]);
        return counts['primary-unfit'];
      })
      .toBeGreaterThan(2);
    expect(counts.replica).toBe(0);
    expect(db.replicaStats()).toMatchObject([{ isUp: false }]);
    expect(refusals).toEqual([expect.stringContaining(fault)]);
    expect(refusals[0]).toContain(`:${new URL(url).port}/`);
  }
  await (await admin(primary)).query(
    'GRANT EXECUTE ON FUNCTION pg_control_system, pg_control_checkpoint, pg_control_recovery TO PUBLIC',
  );
});

it('a replica is known although the first question on its connection was cancelled', async () => {
  const polling = { timeout: 20_000, interval: 5 };
  let asked = 0;
  /** Keeps the question waiting where the standby replays a lock of the primary, and cancels it there. */
  const proxy = await startProxy(replica.url(), async ({ sql }) => {
    if (!sql.includes('pg_control_system') || ++asked > 1) return;
    const [locker, other] = [await admin(primary), await admin(primary)];
    await locker.query('BEGIN; LOCK TABLE pg_catalog.pg_database IN ACCESS EXCLUSIVE MODE');
    // A commit sends what is before it in the log, too.
    await other.query(`SELECT pg_logical_emit_message(true, '', '')`);
    const found = async (text: string) => (await onReplica.query(text)).rowCount;
    const locks = `SELECT FROM pg_locks WHERE relation = 'pg_database'::regclass AND mode = 'AccessExclusiveLock'`;
    const cancelled = `SELECT pg_cancel_backend(pid) FROM pg_stat_get_activity(NULL)
      WHERE query LIKE '%pg_control_system%' AND wait_event_type = 'Lock'`;
    await expect.poll(() => found(locks), polling).toBe(1);
    void expect
      .poll(() => found(cancelled), polling)
      .toBe(1)
      .finally(() => locker.query('ROLLBACK'));
  });
  onTestFinished(() => proxy.close());
  const { db, counts, refusals } = open(primary, proxy.url, 1);
  const id = await newTenant(db);
  const read = async () => {
    await db.forTenant(id).invoices({ limit: 1 });
    return counts.replica;
  };
  await expect.poll(read, polling).toBeGreaterThan(2);
  expect([refusals, counts['primary-unfit']]).toEqual([[], 0]);
  expect(asked).toBeGreaterThan(1);
});

/** Gives what is sent through it to two servers in turn, one connection after the other. */
async function startBalancer(one: LocalPostgres, other: LocalPostgres): Promise<string> {
  let turn = 0;
  const server = createServer((client) => {
    const { host, port } = turn++ % 2 === 0 ? one : other;
    const there = connect(port, host);
    for (const [socket, end] of [[client, there] as const, [there, client] as const]) {
      socket.setNoDelay(true).on('error', () => undefined);
      socket.on('close', () => end.destroy()).pipe(end);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = new URL(one.url());
  url.port = String((server.address() as AddressInfo).port);
  return url.href;
}

it.runIf(hasPgBouncer)(
  `of several behind a pooler, the one that is asked is read (needs ${PGBOUNCER})`,
  async () => {
    const paused = await startStandby(primary);
    onTestFinished(() => paused.dispose());
    const behind = await startBalancer(replica, paused);
    const pooler = await startPgBouncer(behind, 'transaction', { server_round_robin: '1' });
    onTestFinished(() => pooler.stop());
    let isCut = false;
    /** What is behind the first Sync of a read comes later than the answer to that. */
    const proxy = await startProxy(pooler.url, async ({ type, sql }) => {
      if (isCut && type === 'P' && sql.includes('row_security')) await sleep(50);
    });
    onTestFinished(() => proxy.close());
    const { db, counts } = open(primary, proxy.url);
    const id = await newTenant(db);
    const following = 'SELECT pid FROM pg_stat_replication';
    const onPrimary = await admin(primary);
    const standbys = async () => (await onPrimary.query(following)).rowCount;
    await expect.poll(standbys, { timeout: 20_000 }).toBe(2);
    const readAtOnce = async () => {
      await Promise.all([1, 2, 3].map(() => db.forTenant(id).invoices({ limit: 1 })));
      return counts.replica;
    };
    // Sessions of both.
    await expect.poll(readAtOnce, { timeout: 20_000 }).toBeGreaterThan(9);
    const onPaused = await admin(paused);
    await onPaused.query('SELECT pg_wal_replay_pause()');
    isCut = true;
    const before = { ...counts };
    for (let round = 0; round < 12; round++) {
      const { id: invoice } = await db.forTenant(id).createInvoice(newInvoice());
      const found = [1, 2, 3].map(async (pause) => {
        await sleep(pause * 20);
        return (await db.forTenant(id).invoice(invoice))?.id;
      });
      expect(await Promise.all(found)).toEqual([invoice, invoice, invoice]);
    }
    expect(counts.replica).toBeGreaterThan(before.replica);
    expect(counts['primary-behind']).toBeGreaterThan(before['primary-behind']);
  },
);

it('one that follows another server than the primary is not read from, however far its log is', async () => {
  await (await admin(primary)).query(
    `CREATE ROLE unprivileged LOGIN PASSWORD 'of-nobody' IN ROLE vatevo_app`,
  );
  // The next primary hears of nothing any more, while the replica goes on to follow the old one.
  const next = await startStandby(primary);
  onTestFinished(() => next.dispose());
  const astray = await startStandby(next);
  onTestFinished(() => astray.dispose());
  const onNext = await admin(next);
  await onNext.query("ALTER SYSTEM SET primary_conninfo = ''");
  await onNext.query('SELECT pg_reload_conf()');
  await expect
    .poll(async () => (await onNext.query('SELECT pid FROM pg_stat_wal_receiver')).rows)
    .toEqual([]);
  const onPrimary = await admin(primary);
  await onPrimary.query('CREATE TABLE lost AS SELECT n FROM generate_series(1, 100000) AS n');
  const asFar = async () => {
    const { rows } = await onPrimary.query('SELECT pg_current_wal_lsn() AS lsn');
    return (await onReplica.query('SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS far', [rows[0].lsn]))
      .rows;
  };
  await expect.poll(asFar, { timeout: 20_000 }).toEqual([{ far: true }]);
  await onNext.query('SELECT pg_promote()');

  const { db, counts } = open(next);
  const id = await newTenant(db);
  await expect
    .poll(async () => {
      const { id: invoice } = await db.forTenant(id).createInvoice(newInvoice());
      expect((await db.forTenant(id).invoice(invoice))?.id).toBe(invoice);
      return counts['primary-behind'];
    })
    .toBeGreaterThan(3);
  expect(db.forTenant(id).position).toMatch(/^2\//);
  expect(counts.replica).toBe(0);
  // By the log alone it would be far enough.
  const { rows } = await onNext.query('SELECT pg_current_wal_lsn() AS lsn');
  const { rows: far } = await onReplica.query('SELECT pg_last_wal_replay_lsn() > $1::pg_lsn AS far', [
    rows[0].lsn,
  ]);
  expect(far).toEqual([{ far: true }]);

  // And the other way round: it follows the one that was promoted, beside a primary that goes on.
  await onNext.query('CREATE TABLE astray AS SELECT n FROM generate_series(1, 300000) AS n');
  const onAstray = await admin(astray);
  const isAstray = async () => (await onAstray.query(`SELECT to_regclass('astray') AS found`)).rows;
  await expect.poll(isAstray, { timeout: 20_000 }).toEqual([{ found: 'astray' }]);
  const unprivileged = new URL(astray.url());
  Object.assign(unprivileged, { username: 'unprivileged', password: 'of-nobody' });
  for (const [url, told] of [
    [astray.url(), 'primary-behind'],
    [unprivileged.href, 'primary-unfit'],
  ] as const) {
    const hosts = new URL(primary.url());
    hosts.searchParams.set('target_session_attrs', 'read-write');
    const both = hosts.href.replace(hosts.host, `${hosts.host},${next.host}:${next.port}`);
    const old = open({ ...primary, url: () => both }, url);
    const tenant = await newTenant(old.db);
    const at = async () => {
      await old.db.forTenant(tenant).invoices({ limit: 1 });
      return old.counts[told];
    };
    await expect.poll(at, { interval: 20 }).toBeGreaterThan(0);
    const before = old.counts.replica;
    expect(await staleReads(old.db, tenant, 50)).toBe(0);
    expect(old.counts.replica).toBe(before);
    // When that primary is gone, it is a standby of the one that is left.
    await primary.stop('immediate');
    await onNext.query('CHECKPOINT');
    await onAstray.query('CHECKPOINT');
    const fromReplica = async () => {
      await old.db
        .forTenant(tenant)
        .invoices({ limit: 1 })
        .catch(() => undefined);
      return old.counts.replica;
    };
    await expect.poll(fromReplica, { timeout: 20_000, interval: 50 }).toBeGreaterThan(before);
    await primary.start();
  }
});
