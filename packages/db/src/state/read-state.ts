import type { PostgresTarget, SqliteTarget } from '@vatevo/connection';
import { CHECK_TIMEOUT_MS } from '../db-client.ts';
import { readPostgresState } from './postgres.ts';
import { readSqliteState } from './sqlite.ts';
import type { StateReading } from './types.ts';

/**
 * Reads how a database stands: migrations, transfers, a cutover, room for ids. On a connection of its own, so that it
 * never waits for a pool; answers within `timeoutMs` (4000 when omitted) whatever the database does. Changes
 * nothing and never throws.
 *
 * @example
 * const reading = await readDatabaseState(config.database, { timeoutMs: 3000 });
 */
export function readDatabaseState(
  target: PostgresTarget | SqliteTarget,
  { timeoutMs = CHECK_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Promise<StateReading> {
  return target.kind === 'postgres'
    ? readPostgresState(target, timeoutMs)
    : readSqliteState(target.file, timeoutMs);
}
