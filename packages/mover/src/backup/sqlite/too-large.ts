import { CommandError, ExitCode } from '@vatevo/shell';
import { readStoredTables } from '@vatevo/transfer';
import { columnsWithMore, MAX_READ } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import { storedColumns } from './rows.ts';

/** A BLOB is read as hex digits. */
const DIGITS_A_BYTE = 2;

/**
 * Refuses values that are not read for a digest.
 *
 * @throws CommandError with every column that holds such values
 */
export function refuseTooLarge(db: Database, source: string): void {
  const tables = readStoredTables(db).map((table) => [table.name, storedColumns(table)] as const);
  const found = columnsWithMore(db, tables, MAX_READ, DIGITS_A_BYTE);
  if (found.length === 0) return;
  const named = found.map(({ table, column }) => `${table}.${column}`).join(', ');
  throw new CommandError(
    ExitCode.sourceRefused,
    `${source} holds texts of more than ${MAX_READ} bytes, or BLOBs of half as many, which are not read for a backup: ${named}.`,
    { remedy: [`Copy the file with SQLite's own program: sqlite3 FILE ".backup COPY".`] },
  );
}
