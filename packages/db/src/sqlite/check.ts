import type { DatabaseCheck } from '../db-client.ts';
import { readWithin } from './read-within.ts';

/** Opens the file and reads from it, within `timeoutMs`. */
export async function checkSqlite(file: string, timeoutMs: number): Promise<DatabaseCheck> {
  const read = await readWithin(file, timeoutMs, (database) =>
    database.prepare('SELECT count(*) FROM sqlite_schema').get(),
  );
  return read.ok ? { ok: true, latencyMs: read.latencyMs } : read;
}
