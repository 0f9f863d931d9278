import { quoteName, type SqliteTable } from '@vatevo/transfer';
import type { Database } from 'better-sqlite3';

/**
 * A stored value, so that its JavaScript type tells the storage class and nothing of it is lost: INTEGER is a
 * bigint, REAL a number, TEXT the bytes as stored (they need not be valid), BLOB a text of hex digits.
 */
export type Cell = null | bigint | number | Buffer | string;

/** The columns that say everything of a row; generated ones follow from them. */
export function storedColumns(table: SqliteTable): string[] {
  const columns = table.columns.filter(({ generated }) => !generated).map(({ name }) => name);
  // A rowid that no column shows can still be asked for, and others may hold it.
  const hidden = table.rowidColumn === undefined && table.rowidName !== undefined ? [table.rowidName] : [];
  return [...hidden, ...columns];
}

/** All rows, in the order in which they are stored; for a connection with safe integers. */
export function readRows(db: Database, table: SqliteTable): IterableIterator<readonly Cell[]> {
  const values = storedColumns(table).map((column) => {
    const name = `t.${quoteName(column)}`;
    return `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) WHEN 'blob' THEN hex(${name}) ELSE ${name} END`;
  });
  // An index that has all columns would give another order.
  const sql = `SELECT ${values.join(', ')} FROM ${quoteName(table.name)} AS t NOT INDEXED`;
  return db.prepare(sql).raw().iterate() as IterableIterator<readonly Cell[]>;
}
