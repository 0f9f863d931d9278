import type { ConnectionParts } from './opened-query.ts';

const silent = new WeakMap<ConnectionParts, ConnectionParts>();

/** The connection, over which nobody asks what the columns are: the server would describe each of them every time. */
export function withoutDescription(connection: ConnectionParts): ConnectionParts {
  let made = silent.get(connection);
  if (made === undefined) {
    made = Object.assign(Object.create(connection) as ConnectionParts, { describe: () => undefined });
    silent.set(connection, made);
  }
  return made;
}
