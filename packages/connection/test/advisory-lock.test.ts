import { testServerUrl } from '@vatevo/local-postgres/vitest';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { takeAdvisoryLock } from '../src/advisory-lock.ts';

const KEY = 7_349_158_001n;
const clients: pg.Client[] = [];

async function session(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: await testServerUrl() });
  await client.connect();
  clients.push(client);
  return client;
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
});

it('is held until the session ends, and says who had to wait', async () => {
  const [first, second] = [await session(), await session()];
  expect(await takeAdvisoryLock(first, KEY, { waitMs: 0 })).toBe('at-once');
  expect(await takeAdvisoryLock(second, KEY, { waitMs: 0 })).toBe('held');
  let waits = 0;
  const taken = takeAdvisoryLock(second, KEY, {
    waitMs: 60_000,
    onWait: () => {
      waits++;
      void first.end();
    },
  });
  expect([await taken, waits]).toEqual(['waited', 1]);
  clients.splice(clients.indexOf(first), 1);
});

it('is waited for without a statement that waits, and until somebody aborts', async () => {
  const [first, second] = [await session(), await session()];
  await takeAdvisoryLock(first, KEY, { waitMs: 0 });
  const stop = new AbortController();
  const taken = takeAdvisoryLock(second, KEY, {
    waitMs: 60_000,
    signal: stop.signal,
    onWait: async () => {
      const { rows } = await first.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
      expect(rows).toEqual([]);
      stop.abort();
    },
  });
  await expect(taken).rejects.toThrow(/abort/);
});
