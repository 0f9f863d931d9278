import type { ConnectionFailure } from '@vatevo/connection';
import type Database from 'better-sqlite3';
import { DatabaseLockedError } from '../errors.ts';
import { fileIdentity, fileMissing } from './file.ts';
import { readFile } from './read-file.ts';
import { retryWhileBusy } from './retry-while-busy.ts';

/** What came of reading: an answer, or the reason why there is none. */
export type ReadWithin<Answer> =
  | { readonly ok: true; readonly answer: Answer; readonly latencyMs: number }
  | { readonly ok: false; readonly reason: ConnectionFailure | 'locked'; readonly message: string };

/** Opens the file, reads, and closes it, waiting at most `timeoutMs` for a lock. Never throws. */
export async function readWithin<Answer>(
  file: string,
  timeoutMs: number,
  read: (database: Database.Database) => Answer,
): Promise<ReadWithin<Answer>> {
  const start = performance.now();
  if (fileIdentity(file) === undefined) {
    const { reason, message } = fileMissing(file);
    return { ok: false, reason, message };
  }
  try {
    const answer = await retryWhileBusy(file, timeoutMs / 1000, async () => readFile(file, 0, read));
    return { ok: true, answer, latencyMs: performance.now() - start };
  } catch (error) {
    if (error instanceof DatabaseLockedError) return { ok: false, reason: 'locked', message: error.message };
    const said = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: 'unknown', message: `The SQLite file ${file} cannot be read: ${said}.` };
  }
}
