import Database from 'better-sqlite3';
import type { DatabaseCheck } from '../db-client.ts';
import { DatabaseLockedError } from '../errors.ts';
import { fileIdentity, fileMissing } from './file.ts';
import { patiently } from './patience.ts';

/** Opens the file and reads from it, within `timeoutMs`. */
export async function checkSqlite(file: string, timeoutMs: number): Promise<DatabaseCheck> {
  const start = performance.now();
  if (fileIdentity(file) === undefined) {
    const { reason, message } = fileMissing(file);
    return { ok: false, reason, message };
  }
  try {
    await patiently(file, timeoutMs / 1000, async () => read(file));
    return { ok: true, latencyMs: performance.now() - start };
  } catch (error) {
    if (error instanceof DatabaseLockedError) return { ok: false, reason: 'locked', message: error.message };
    const said = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: 'unknown', message: `The SQLite file ${file} cannot be read: ${said}.` };
  }
}

function read(file: string): void {
  const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
  } finally {
    database.close();
  }
}
