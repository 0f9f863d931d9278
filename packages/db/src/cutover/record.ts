import type { FileRecord, ServerRecord } from '@vatevo/cutover-state';
import { QueryFailedError } from '../errors.ts';

/** What a database says of the cutover that it takes part in. */
export type CutoverRecord = FileRecord | ServerRecord;

/** Undefined also where the database refuses to tell: to this role, or because the record has just been taken out. */
export async function unlessRefused<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof QueryFailedError) return undefined;
    throw error;
  }
}
