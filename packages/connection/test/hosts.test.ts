import { once } from 'node:events';
import { connect as connectTo, createServer } from 'node:net';
import type { LocalPostgres } from '@vatevo/local-postgres';
import { standbyPair } from '@vatevo/local-postgres/standby-pair';
import { canFreeze, freeze } from '@vatevo/local-postgres/vitest';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { askWithin } from '../src/ask-within.ts';
import { type ConnectOptions, PgClient } from '../src/client.ts';
import { connect, settleHost } from '../src/connect.ts';
import type { ConnectionError } from '../src/connection-error.ts';
import { parsePostgresUrl } from '../src/postgres-url.ts';
import { requestCancel } from '../src/request-cancel.ts';

/** A port on which nothing answers. */
const NOBODY = 1;

let primary: LocalPostgres;
let standby: LocalPostgres;

const pair = standbyPair();
beforeAll(() => {
  ({ primary, standby } = pair);
});

const target = (ports: readonly number[], query = '') => {
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
  return parsePostgresUrl(`postgresql://${primary.user}:${primary.password}@${hosts}/postgres?${query}`);
};

/** The port of the server that a session is on, or the reason why there is none. */
async function reach(ports: readonly number[], query = '', options: ConnectOptions = {}) {
  const client = await connect(target(ports, query), options).catch((error: ConnectionError) => error);
  if (!(client instanceof PgClient)) return client.reason;
  const { rows } = await client.query(`SELECT current_setting('port')::int AS port`);
  expect(client.connectedTo).toEqual({ host: '127.0.0.1', port: rows[0].port });
  await client.end();
  return rows[0].port;
}

/** A way to a server on which it does not tell whether it is a standby. */
async function silenced(port: number): Promise<number> {
  const way = createServer((inside) => {
    const outside = connectTo(port, '127.0.0.1');
    let rest = Buffer.alloc(0);
    inside.on('error', () => outside.destroy()).pipe(outside);
    outside.on('error', () => inside.destroy()).on('end', () => inside.end());
    outside.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
        const message = rest.subarray(0, rest.readUInt32BE(1) + 1);
        rest = rest.subarray(message.length);
        if (!message.includes('in_hot_standby')) inside.write(message);
      }
    });
  });
  way.listen(0, '127.0.0.1');
  await once(way, 'listening');
  onTestFinished(() => void way.close());
  return (way.address() as { port: number }).port;
}

describe('several hosts', () => {
  it.each([
    ['any', 'standby'],
    ['read-write', 'primary'],
    ['primary', 'primary'],
    ['read-only', 'standby'],
    ['standby', 'standby'],
    ['prefer-standby', 'standby'],
  ] as const)('target_session_attrs=%s goes to the %s, wherever it stands', async (attributes, which) => {
    const to = { primary, standby };
    const query = `target_session_attrs=${attributes}`;
    expect(await reach([standby.port, primary.port], query)).toBe(to[which].port);
    expect(await reach([NOBODY, to[which].port], query)).toBe(to[which].port);
    const last = attributes === 'any' ? 'primary' : which;
    expect(await reach([primary.port, standby.port], query)).toBe(to[last].port);
  });

  it('are settled for the one that will do, which is asked alone for signs of life', async () => {
    const several = target([NOBODY, standby.port, primary.port], 'target_session_attrs=read-write');
    const settled = await settleHost(several);
    expect(settled.hosts).toEqual([{ host: '127.0.0.1', port: primary.port }]);
    expect(settled.sessionAttributes).toBe('read-write');
  });

  it('takes the primary where a standby is only preferred and none is there', async () => {
    expect(await reach([primary.port, NOBODY], 'target_session_attrs=prefer-standby')).toBe(primary.port);
    expect(await reach([primary.port, NOBODY], 'target_session_attrs=standby')).toBe('unknown');
  });

  it('says of each host why it would not do', async () => {
    const error = await connect(target([NOBODY, standby.port], 'target_session_attrs=read-write')).catch(
      (thrown: ConnectionError) => thrown,
    );
    expect(error).toMatchObject({ reason: 'read-only' });
    expect((error as Error).message).toContain(`127.0.0.1:${NOBODY} connect ECONNREFUSED`);
    expect((error as Error).message).toContain(`127.0.0.1:${standby.port} is a standby`);
  });

  it('goes on from a name that nobody knows', async () => {
    const to = (hosts: string, port: number | string) =>
      parsePostgresUrl(`postgresql://${primary.user}:${primary.password}@${hosts}:${port}/postgres`);
    const client = await connect(to('nobody.invalid,127.0.0.1', primary.port));
    expect(client.connectedTo).toEqual({ host: '127.0.0.1', port: primary.port });
    await client.end();
    await expect(connect(to('nobody.invalid,neither.invalid', 5432))).rejects.toMatchObject({
      reason: 'unresolved-host',
      message: expect.stringMatching(/nobody\.invalid.*neither\.invalid/s),
    });
  });

  it('takes a server for read-only that is so for this role', async () => {
    const admin = await connect(target([primary.port]));
    await admin.query(
      `CREATE ROLE reader LOGIN PASSWORD 'r'; ALTER ROLE reader SET default_transaction_read_only = on`,
    );
    const of = (attributes: string) =>
      parsePostgresUrl(
        `postgresql://reader:r@127.0.0.1:${primary.port}/postgres?target_session_attrs=${attributes}`,
      );
    await expect(connect(of('read-write'))).rejects.toMatchObject({
      reason: 'read-only',
      message: expect.stringContaining('is read-only, and target_session_attrs is read-write'),
    });
    const client = await connect(of('primary'));
    await client.end();
    await admin.query('DROP ROLE reader');
    await admin.end();
  });

  it('asks a server that does not tell what it is, as before PostgreSQL 14 and behind poolers', async () => {
    const [taciturn, toStandby] = await Promise.all([primary, standby].map(({ port }) => silenced(port)));
    const ports = [Number(toStandby), Number(taciturn)];
    const client = await connect(target(ports, 'target_session_attrs=read-write'));
    expect(client.connectedTo.port).toBe(taciturn);
    // What was asked has left nothing behind.
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('spreads over the hosts', async () => {
    const reached = new Set<unknown>();
    for (let tries = 0; reached.size < 2 && tries < 100; tries++) {
      reached.add(await reach([primary.port, standby.port], 'load_balance_hosts=random'));
    }
    expect([...reached].sort()).toEqual([primary.port, standby.port].sort());
  });

  it('asks the primary where a standby has not heard of the database yet', async () => {
    const to = target([standby.port, NOBODY], 'target_session_attrs=read-write').with({ database: 'new' });
    expect(await connect(to).catch((error) => error)).toMatchObject({ reason: 'refused' });
    const nowhere = target([standby.port, primary.port]).with({ database: 'new' });
    expect(await connect(nowhere).catch((error) => error)).toMatchObject({ reason: 'missing-database' });
  });

  it('stops at a login that is turned down, as libpq does', async () => {
    const wrong = target([primary.port, standby.port]).with({ password: 'wrong' });
    expect(await connect(wrong).catch((error) => error)).toMatchObject({ reason: 'authentication' });
  });

  it('leaves a server that is silent, or hangs up, in time for the next', async () => {
    const silent = createServer(() => undefined);
    const rude = createServer((socket) => socket.once('data', () => socket.destroy()));
    const portOf = (server: typeof silent) => (server.address() as { port: number }).port;
    for (const server of [silent, rude]) await once(server.listen(0, '127.0.0.1'), 'listening');
    expect(await reach([portOf(rude), primary.port])).toBe(primary.port);
    expect(await reach([portOf(silent), primary.port], '', { timeoutMs: 4_000 })).toBe(primary.port);
    // From now on it is asked last, so nothing has to be waited for.
    const start = performance.now();
    expect(await reach([portOf(silent), primary.port], '', { timeoutMs: 60_000 })).toBe(primary.port);
    expect(performance.now() - start).toBeLessThan(30_000);
    silent.close();
    rude.close();
  });

  it('cancels on the server that the session is on', async () => {
    const to = target([standby.port, primary.port], 'target_session_attrs=primary');
    const client = await connect(to);
    const running = client.query('SELECT pg_sleep(60)').catch((error) => error.code);
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    // A request that comes before the statement has begun cancels nothing.
    const watcher = await connect(target([primary.port]));
    await expect
      .poll(
        async () =>
          (await watcher.query('SELECT wait_event FROM pg_stat_activity WHERE pid = $1', [processID])).rows,
      )
      .toEqual([{ wait_event: 'PgSleep' }]);
    await watcher.end();
    await requestCancel(to.with(client.connectedTo), { processId: processID, secretKey }, 5_000);
    expect(await running).toBe('57014');
    await client.end();
  });
});

describe('a failover', () => {
  it('is followed as soon as the standby was promoted', async () => {
    const to = target([primary.port, standby.port], 'target_session_attrs=read-write');
    const before = await connect(to);
    await before.query('CREATE TABLE kept (id int)');
    await before.end();
    const admin = await connect(target([standby.port]));
    await expect
      .poll(async () => (await admin.query(`SELECT to_regclass('kept') IS NOT NULL AS there`)).rows, {
        timeout: 20_000,
      })
      .toEqual([{ there: true }]);
    await primary.stop('immediate');
    expect(await reach([primary.port, standby.port], 'target_session_attrs=read-write')).toBe('read-only');
    await admin.query('SELECT pg_promote()');
    await admin.end();
    const after = await connect(to);
    await after.query('INSERT INTO kept VALUES (1)');
    await after.end();
    const checked = await askWithin(to, 5_000, 'vatevo check', (client) => client.query('TABLE kept'));
    expect(checked).toMatchObject({ ok: true, answer: { rows: [{ id: 1 }] } });
  });

  it.runIf(canFreeze)('is followed when the old primary is frozen', async () => {
    await primary.start();
    const thaw = freeze(primary);
    try {
      expect(await reach([primary.port, standby.port], '', { timeoutMs: 4_000 })).toBe(standby.port);
    } finally {
      thaw();
    }
  });
});
