import { access, constants } from 'node:fs/promises';
import type { DatabaseCheck } from '../db-client.ts';
import { readWithin } from './read-within.ts';

/** Opens the file and reads from it, within `timeoutMs`. */
export async function checkSqlite(file: string, timeoutMs: number): Promise<DatabaseCheck> {
  const read = await readWithin(file, timeoutMs, (database) =>
    database.prepare('SELECT count(*) FROM sqlite_schema').get(),
  );
  if (!read.ok) return read;
  const mayWrite = await access(file, constants.W_OK).then(
    () => true,
    () => false,
  );
  return { ok: true, latencyMs: read.latencyMs, readOnly: !mayWrite };
}
