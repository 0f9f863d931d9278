import { type TestDatabase, testDatabase } from '@vatevo/local-postgres/vitest';
import { Deadline } from '@vatevo/shell';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeLock } from '../../src/prepare/lock.ts';
import { withClient } from '../support/sql.ts';

let database: TestDatabase;
const never = new AbortController().signal;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

it('is taken at once when it is free', async () => {
  await withClient(database.url, async (client) => {
    expect(await takeLock(client, new Deadline(1000), never, () => {})).toBe(false);
  });
});

it('waits for the run that holds it, naming it, and goes on when that ends', async () => {
  await withClient(database.url, async (second) => {
    const holders: string[] = [];
    let waiting: Promise<boolean> | undefined;
    await withClient(database.url, async (first) => {
      await takeLock(first, new Deadline(1000), never, () => {});
      const noticed = new Promise<void>((resolve) => {
        waiting = takeLock(second, new Deadline(60_000), never, (holder) => {
          holders.push(holder);
          resolve();
        });
      });
      await noticed;
    });
    expect(await waiting).toBe(true);
    expect(holders).toEqual([expect.stringMatching(/server process \d+, since \d{4}-/)]);
  });
});

it('gives up with exit code 7 when the time is up', async () => {
  await withClient(database.url, (first) =>
    withClient(database.url, async (second) => {
      await takeLock(first, new Deadline(1000), never, () => {});
      const refused = takeLock(second, new Deadline(300), never, () => {});
      await expect(refused).rejects.toMatchObject({ name: 'CommandError', exitCode: 7 });
    }),
  );
});

it('stops waiting when the run is interrupted', async () => {
  await withClient(database.url, (first) =>
    withClient(database.url, async (second) => {
      await takeLock(first, new Deadline(1000), never, () => {});
      const interrupt = new AbortController();
      const waiting = takeLock(second, new Deadline(60_000), interrupt.signal, () => interrupt.abort());
      await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    }),
  );
});
