import { type PostgresTarget, parseConfig, withConnection } from '@vatevo/connection';
import { startLocalPostgres } from '@vatevo/local-postgres';
import { canFreeze, freeze } from '@vatevo/local-postgres/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { whileAlive } from '../../src/target/while-alive.ts';

const NEVER = new AbortController().signal;

it.runIf(canFreeze)('work on a server that is frozen is told to stop (needs /proc)', async () => {
  const server = await startLocalPostgres();
  onTestFinished(() => server.dispose());
  const target = parseConfig({ POSTGRES_URL: server.url() }).database as PostgresTarget;
  const waiting = whileAlive(
    target,
    NEVER,
    (signal) =>
      withConnection(target, async (client) => {
        onTestFinished(freeze(server));
        signal.addEventListener('abort', () => client.connection.stream.destroy());
        return client.query('SELECT 1');
      }),
    1,
  );
  await expect(waiting).rejects.toMatchObject({ name: 'ConnectionError', reason: 'timeout' });
});
