import type { PgClient } from './client.ts';

const LEAVE_MS = 500;

/** Closes a connection: says goodbye, and does not wait for what a frozen server makes of it. */
export function leave(client: PgClient): void {
  const { stream } = client.connection;
  client.end().catch(() => undefined);
  setTimeout(() => stream.destroy(), LEAVE_MS).unref();
}
