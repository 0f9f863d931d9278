import { openClient } from './create-db-client.ts';
import type { DbClient, DbClientOptions } from './db-client.ts';

/** On the global object, which a development server keeps when it loads the modules anew. */
const CLIENTS = Symbol.for('@vatevo/db singletons');

type Clients = Map<string, DbClient>;

/**
 * The client of this name, made at the first call in this process: for development servers that load modules anew at
 * each change, and would open a pool each time. The first call's options hold.
 *
 * In production it is the same as `createDbClient`, called once. Whoever closes the client, or an extension of it, has it made anew by
 * the next call.
 *
 * @throws ConfigurationError naming every variable that is wrong
 * @example
 * export const db = singletonDbClient();
 */
export function singletonDbClient(options: DbClientOptions = {}, name = 'default'): DbClient {
  const holder = globalThis as { [CLIENTS]?: Clients };
  holder[CLIENTS] ??= new Map();
  const clients = holder[CLIENTS];
  const known = clients.get(name);
  if (known) return known;
  const client = openClient(options, () => clients.delete(name));
  clients.set(name, client);
  return client;
}
