import { statSync } from 'node:fs';
import { type FileReading, readFileRecord } from '@vatevo/cutover-state';
import { readWithin } from '../sqlite/read-within.ts';

/** Reads a file's record of a cutover within `timeoutMs`, and keeps nothing open. Never throws. */
export async function readFileCutover(file: string, timeoutMs: number): Promise<FileReading> {
  const asked = await readWithin(file, timeoutMs, (database) => {
    const record = readFileRecord(database);
    const { dev, ino } = statSync(file, { bigint: true });
    return { record, identity: `${dev}:${ino}` };
  });
  if (asked.ok) return { ok: true, ...asked.answer };
  return { ok: false, missing: asked.reason === 'missing-database', message: asked.message };
}
