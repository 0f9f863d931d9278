import { readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalPostgres, startLocalPostgres } from '../src/index.ts';
import { ask, isAlive, isLinux, isRoot } from './helpers.ts';

let server: LocalPostgres;
beforeAll(async () => {
  server = await startLocalPostgres();
});
afterAll(() => server.dispose());

describe('a temporary server', () => {
  it('is PostgreSQL 18 with UTF-8, a fixed locale and UTC, whatever the machine says', async () => {
    const row = await ask<Record<string, string>>(
      server.url(),
      `SELECT current_setting('server_version_num')::int / 10000 AS major,
              current_setting('server_encoding') AS encoding, current_setting('TimeZone') AS zone,
              (SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = 'postgres') AS locale,
              upper('äß') AS upper`,
    );
    expect(row).toEqual({ major: 18, encoding: 'UTF8', zone: 'UTC', locale: 'b C.UTF-8', upper: 'Äß' });
  });

  it('refuses a wrong password', async () => {
    const url = new URL(server.url());
    url.password = 'wrong';
    await expect(ask(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('listens on the loopback address only', async () => {
    const outer = Object.values(networkInterfaces())
      .flat()
      .find((entry) => entry && !entry.internal && entry.family === 'IPv4');
    if (!outer) return; // This machine has no other address to try.
    const refused = new Promise((resolve) => {
      const socket = connect(server.port, outer.address);
      socket.once('connect', () => resolve('connected'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(await refused).toBe('ECONNREFUSED');
  });

  it.runIf(isRoot)('does not run as root', async () => {
    expect((await stat(`/proc/${server.pid}`)).uid).not.toBe(0);
  });

  it('creates databases with any name and drops them while they are in use', async () => {
    const name = 'odd "name" with ä ';
    const url = await server.createDatabase(name);
    expect(await ask(url, 'SELECT current_database() AS name')).toEqual({ name });
    expect(await server.createDatabase()).not.toBe(await server.createDatabase());
    await server.dropDatabase(name);
    await expect(ask(url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  });

  it.runIf(isLinux)('shows its password in no process’s arguments', async () => {
    const seen = new Set<string>();
    const sampling = setInterval(() => sampleArguments(seen), 2);
    const password = 'seen-by-nobody-4711';
    const other = await startLocalPostgres({ password });
    clearInterval(sampling);
    try {
      expect([...seen].filter((line) => line.includes('pgdata')).length).toBeGreaterThan(0);
      expect([...seen].filter((line) => line.includes(password))).toEqual([]);
      await ask(other.url(), 'SELECT 1');
    } finally {
      await other.dispose();
    }
  });
});

describe('stop and start', () => {
  it.each(['fast', 'immediate', 'smart'] as const)('keeps port and data (%s)', async (mode) => {
    const url = await server.createDatabase();
    await ask(url, 'CREATE TABLE kept (n int)');
    const { port, pid } = server;
    await server.stop(mode);
    expect(isAlive(pid)).toBe(false);
    expect(() => server.pid).toThrow('stopped');
    await expect(ask(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.start();
    expect(server.port).toBe(port);
    expect(await ask(url, 'SELECT count(*)::int AS rows FROM kept')).toEqual({ rows: 0 });
  });

  it('starts again after a crash', async () => {
    const { pid } = server;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isAlive(pid)).toBe(false);
    await expect.poll(() => stopped(server)).toBe(true);
    await server.start();
    expect(await ask(server.url(), 'SELECT 1 AS one')).toEqual({ one: 1 });
  });

  it('stops a frozen server', async () => {
    const other = await startLocalPostgres();
    process.kill(other.pid, 'SIGSTOP');
    const { pid } = other;
    await other.dispose();
    expect(isAlive(pid)).toBe(false);
  });

  it('removes a temporary server’s data when it is disposed of', async () => {
    const other = await startLocalPostgres();
    const { dataDir } = other;
    await other.dispose();
    await expect(stat(dataDir)).rejects.toThrow('ENOENT');
  });
});

it('says so when the port is taken', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as { port: number };
  await expect(startLocalPostgres({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`);
  blocker.close();
});

it('passes settings on and reports bad ones with the server’s own words', async () => {
  const other = await startLocalPostgres({ settings: { max_connections: '7' } });
  expect(await ask(other.url(), 'SHOW max_connections')).toEqual({ max_connections: '7' });
  await other.dispose();
  await expect(startLocalPostgres({ settings: { no_such_setting: '1' } })).rejects.toThrow('no_such_setting');
});

function sampleArguments(into: Set<string>): void {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      into.add(readFileSync(`/proc/${entry}/cmdline`, 'utf8'));
    } catch {
      // The process has ended meanwhile.
    }
  }
}

function stopped(which: LocalPostgres): boolean {
  try {
    return which.pid < 0;
  } catch {
    return true;
  }
}
