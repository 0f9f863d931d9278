import { type ConnectOptions, createClient, type PgClient } from './client.ts';
import { toConnectionError } from './connection-error.ts';
import type { PostgresTarget } from './target.ts';

/**
 * Opens a connection.
 *
 * A connection that is lost while idle fails its next query instead of ending the process.
 *
 * @throws ConnectionError saying what failed, where, and what to do next.
 */
export async function connect(target: PostgresTarget, options: ConnectOptions = {}): Promise<PgClient> {
  let client: PgClient | undefined;
  try {
    client = createClient(target, options);
    client.on('error', () => undefined);
    await client.connect();
    return client;
  } catch (error) {
    client?.end().catch(() => undefined);
    throw toConnectionError(error, target);
  }
}

/** Does something on a connection of its own. */
export async function withConnection<Result>(
  target: PostgresTarget,
  work: (client: PgClient) => Promise<Result>,
  options?: ConnectOptions,
): Promise<Result> {
  const client = await connect(target, options);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * The host of several to which a new connection leads at this moment, for work whose connections have to lead to the same server:
 * another one has other snapshots and locks.
 */
export async function settleHost(target: PostgresTarget, options?: ConnectOptions): Promise<PostgresTarget> {
  if (target.hosts.length === 1) return target;
  return withConnection(target, async (client) => target.with(client.connectedTo), options);
}
