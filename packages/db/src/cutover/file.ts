import { statSync } from 'node:fs';
import { readWithin } from '../sqlite/read-within.ts';
import { type CutoverRecord, recordInFile } from './record.ts';

/** What a SQLite file says of a cutover, and which file it is. */
export type FileReading =
  | {
      readonly ok: true;
      /** Null: it takes part in none. */
      readonly record: CutoverRecord | null;
      /** Device and inode, as PostgreSQL's record names the file that a way back leads to. */
      readonly identity: string;
    }
  | { readonly ok: false; readonly missing: boolean; readonly message: string };

/** Reads a file's record of a cutover within `timeoutMs`, and keeps nothing open. Never throws. */
export async function readFileCutover(file: string, timeoutMs: number): Promise<FileReading> {
  const asked = await readWithin(file, timeoutMs, (database) => {
    const record = recordInFile(database);
    const { dev, ino } = statSync(file, { bigint: true });
    return { record, identity: `${dev}:${ino}` };
  });
  if (asked.ok) return { ok: true, ...asked.answer };
  return { ok: false, missing: asked.reason === 'missing-database', message: asked.message };
}
