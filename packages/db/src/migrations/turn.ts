import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type PostgresTarget } from '@vatevo/connection';
import type { ClientBase } from 'pg';
import { MigrationError } from './error.ts';

/**
 * The advisory lock of a run that applies migrations: the ASCII codes of
 * "vatevodb" as a number. Not Prisma's 72707369, which the engine takes itself.
 */
const LOCK = BigInt(`0x${Buffer.from('vatevodb').toString('hex')}`);

const RETRY_MS = 250;

/**
 * Works while no other run applies migrations to the same database. What a run
 * has begun and not ended looks like a migration that failed half-way, so the
 * history may be read only in turn.
 *
 * It asks again and again instead of letting the server queue the request: a
 * statement that waits holds a snapshot, which a `CREATE INDEX CONCURRENTLY` of
 * the other run would wait for, and so both for ever.
 *
 * @throws MigrationError of kind `busy` when the other run does not end in time
 * @throws ConnectionError
 */
export async function inTurn<T>(
  target: PostgresTarget,
  giveUpAfterMs: number,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const client = await connect(target, { applicationName: 'vatevo migrations' });
  try {
    // This connection idles while the engine works on its own.
    await client.query(
      "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'",
    );
    await take(client, giveUpAfterMs, onWait);
    return await work();
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function take(client: ClientBase, giveUpAfterMs: number, onWait: () => void): Promise<void> {
  const deadline = performance.now() + giveUpAfterMs;
  for (let waited = false; ; waited = true) {
    const { rows } = await client.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${LOCK}) AS taken`);
    if (rows[0]?.taken) return;
    if (performance.now() > deadline) {
      throw new MigrationError(
        'busy',
        [],
        `Another run is applying migrations to this database and did not end within ${Math.round(giveUpAfterMs / 1000)} s: let it finish, then run this again.`,
      );
    }
    if (!waited) onWait();
    await sleep(RETRY_MS);
  }
}
