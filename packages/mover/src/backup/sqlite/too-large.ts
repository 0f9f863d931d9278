import { constants } from 'node:buffer';
import { CommandError, ExitCode } from '@vatevo/shell';
import { quoteName, readStoredTables } from '@vatevo/transfer';
import type { Database } from 'better-sqlite3';
import { storedColumns } from './rows.ts';

const MAX = constants.MAX_STRING_LENGTH;

/**
 * Refuses values that are not read for a digest: a BLOB is read as hex digits, and no text has more.
 *
 * @throws CommandError with every column that holds such values
 */
export function refuseTooLarge(db: Database, source: string): void {
  const pages = Number(db.pragma('page_count', { simple: true }));
  // A value is no larger than the file that it lies in.
  if (pages * Number(db.pragma('page_size', { simple: true })) <= MAX / 2) return;
  const found = readStoredTables(db).flatMap((table) => {
    const columns = storedColumns(table);
    const sizes = columns.map((column) => {
      const name = `t.${quoteName(column)}`;
      return `max(octet_length(${name}) * iif(typeof(${name}) = 'blob', 2, 1))`;
    });
    const row = db
      .prepare(`SELECT ${sizes.join(', ')} FROM ${quoteName(table.name)} AS t`)
      .raw()
      .get();
    return columns
      .filter((_, i) => Number((row as unknown[])[i] ?? 0) > MAX)
      .map((column) => `${table.name}.${column}`);
  });
  if (found.length === 0) return;
  throw new CommandError(
    ExitCode.sourceRefused,
    `${source} holds texts of more than ${MAX} bytes, or BLOBs of half as many, which are not read for a backup: ${found.join(', ')}.`,
    { remedy: [`Copy the file with SQLite's own program: sqlite3 FILE ".backup COPY".`] },
  );
}
