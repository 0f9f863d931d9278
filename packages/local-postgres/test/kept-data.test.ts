import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LocalPostgresOptions, removeLocalPostgres, startLocalPostgres } from '../src/index.ts';
import { ask, isRoot, scratch } from './helpers.ts';

async function start(options: LocalPostgresOptions) {
  const server = await startLocalPostgres(options);
  onTestFinished(() => server.dispose());
  return server;
}

/** A folder that the server's account can reach. */
async function openScratch(): Promise<string> {
  const folder = await scratch();
  await chmod(folder, 0o755);
  return folder;
}

describe('a server with a data folder', () => {
  it('finds its data, user and password again', async () => {
    const dataDir = path.join(await openScratch(), 'deep', 'below');
    const first = await start({ dataDir, user: 'owner' });
    expect(first.dataDir).toBe(dataDir);
    const url = await first.createDatabase('mine');
    await ask(url, 'CREATE TABLE t AS SELECT 42 AS n');
    await first.dispose();

    const second = await start({ dataDir });
    expect([second.user, second.password]).toEqual(['owner', first.password]);
    expect(await ask(second.url('mine'), 'SELECT n FROM t')).toEqual({ n: 42 });
    expect(await ask(second.url(), 'SHOW fsync')).toEqual({ fsync: 'on' });
  });

  it('refuses a folder on which a server runs', async () => {
    const dataDir = await openScratch();
    const running = await start({ dataDir });
    await expect(startLocalPostgres({ dataDir })).rejects.toThrow(
      new RegExp(`process ${running.pid}\\) already runs on ${dataDir}`),
    );
    expect(await ask(running.url(), 'SELECT 1 AS one')).toEqual({ one: 1 });
  });

  it('is not fooled by the pid file of a server that was killed', async () => {
    const dataDir = await openScratch();
    const first = await start({ dataDir });
    await first.dispose();
    // The number now belongs to a living process that is no server.
    await writeFile(path.join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n0\n1\n\n\n\nready\n`);
    const second = await start({ dataDir });
    expect(await ask(second.url(), 'SELECT 1 AS one')).toEqual({ one: 1 });
  });

  it('refuses a folder that holds something else, and leaves it as it is', async () => {
    const dataDir = await openScratch();
    const before = await stat(dataDir);
    await writeFile(path.join(dataDir, 'precious.txt'), 'mine');
    await expect(startLocalPostgres({ dataDir })).rejects.toThrow(
      'neither empty nor a PostgreSQL data folder',
    );
    const { uid, mode } = await stat(dataDir);
    expect({ uid, mode }).toEqual({ uid: before.uid, mode: before.mode });
    expect((await stat(path.join(dataDir, 'precious.txt'))).size).toBe(4);
  });

  it('is removed on demand, but not while a server runs on it, and nothing else is', async () => {
    const dataDir = path.join(await openScratch(), 'data');
    expect(await removeLocalPostgres(dataDir)).toBe(false);
    const server = await start({ dataDir });
    await expect(removeLocalPostgres(dataDir)).rejects.toThrow('already runs on');
    await server.dispose();
    expect(await removeLocalPostgres(dataDir)).toBe(true);
    await expect(stat(dataDir)).rejects.toThrow('ENOENT');

    await mkdir(dataDir);
    await writeFile(path.join(dataDir, 'precious.txt'), 'mine');
    const before = await stat(dataDir);
    await expect(removeLocalPostgres(dataDir)).rejects.toThrow('not a PostgreSQL data folder');
    const { uid, mode } = await stat(dataDir);
    expect({ uid, mode }).toEqual({ uid: before.uid, mode: before.mode });
    expect((await stat(path.join(dataDir, 'precious.txt'))).size).toBe(4);
  });

  it('refuses another password than the one it was made with, showing neither', async () => {
    const dataDir = await openScratch();
    const first = await start({ dataDir, password: 'first-secret' });
    await first.dispose();
    const refusal = await startLocalPostgres({ dataDir, password: 'other-secret' }).catch((error) => error);
    expect(refusal.message).toContain('made with another user or password');
    expect(refusal.message).not.toMatch(/first-secret|other-secret/);
  });

  it('lets only one of two simultaneous starters have the folder', async () => {
    const dataDir = await openScratch();
    const results = await Promise.allSettled([start({ dataDir }), start({ dataDir })]);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  it.runIf(isRoot)(
    'keeps data elsewhere, at a stable place, below a parent closed to its account',
    async () => {
      const closed = path.join(await scratch(), 'closed');
      await mkdir(closed, { mode: 0o700 });
      const dataDir = path.join(closed, 'data');
      const first = await start({ dataDir });
      expect(first.dataDir).not.toBe(dataDir);
      await expect(stat(dataDir)).rejects.toThrow('ENOENT');
      await ask(first.url(), 'CREATE TABLE t AS SELECT 42 AS n');
      await first.dispose();
      const second = await start({ dataDir });
      expect(second.dataDir).toBe(first.dataDir);
      expect(await ask(second.url(), 'SELECT n FROM t')).toEqual({ n: 42 });
      await second.dispose();
      expect(await removeLocalPostgres(dataDir)).toBe(true);
      await expect(stat(first.dataDir)).rejects.toThrow('ENOENT');
    },
  );
});
