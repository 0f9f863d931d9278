import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { canFreeze, freeze } from '@vatevo/local-postgres/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../src/connect.ts';
import { withHeartbeat } from '../src/heartbeat.ts';
import { leave } from '../src/leave.ts';
import { parsePostgresUrl } from '../src/postgres-url.ts';
import type { PostgresTarget } from '../src/target.ts';

/** As short as it can be: one question without an answer. */
const SILENCE_MS = 1;

let server: LocalPostgres;
let target: PostgresTarget;
beforeAll(async () => {
  server = await startLocalPostgres({ settings: { max_connections: '4' } });
  target = parsePostgresUrl(server.url());
});
afterAll(() => server.dispose());

/** Works on a connection as long as the server wants to. */
async function sleepThere(seconds: number): Promise<string> {
  const client = await connect(target);
  try {
    await client.query(`SELECT pg_sleep(${seconds})`);
    return 'done';
  } finally {
    leave(client);
  }
}

it('lets work take its time while the server answers, be it that it has no connection left', async () => {
  const others = await Promise.all([1, 2, 3].map(() => connect(target)));
  expect(await withHeartbeat(target, SILENCE_MS, () => sleepThere(9))).toBe('done');
  for (const client of others) await client.end();
});

it('passes on how the work ends, well or not', async () => {
  expect(await withHeartbeat(target, SILENCE_MS, async () => 7)).toBe(7);
  const failing = withHeartbeat(target, SILENCE_MS, () => Promise.reject(new Error('bad work')));
  await expect(failing).rejects.toThrow('bad work');
});

it.runIf(canFreeze)('gives work up when the server is frozen (needs /proc)', async () => {
  let thaw = () => {};
  const work = async () => {
    const client = await connect(target);
    thaw = freeze(server);
    try {
      return await client.query('SELECT 1');
    } finally {
      leave(client);
    }
  };
  try {
    await expect(withHeartbeat(target, SILENCE_MS, work)).rejects.toMatchObject({
      name: 'ConnectionError',
      reason: 'timeout',
      message: expect.stringMatching(/did not answer in time: check .* given up: start it again/),
    });
  } finally {
    thaw();
  }
});
