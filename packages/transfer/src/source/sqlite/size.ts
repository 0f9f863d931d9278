import type { Database } from 'better-sqlite3';
import { quoteName } from '../../quote.ts';

/** Bytes that the database really holds: its pages without the free ones. */
export function usedBytes(db: Database): number {
  const pragma = (name: string) => Number(db.pragma(name, { simple: true }));
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}

/**
 * Bytes of the largest text or BLOB of each column. The length of a value stands before it: nothing of the value is read. By no
 * index: it may be in an order of the application's, which SQLite does not know.
 */
export function largestValues(
  db: Database,
  table: string,
  columns: readonly string[],
): ReadonlyMap<string, number> {
  if (columns.length === 0) return new Map();
  const largest = columns
    .map(quoteName)
    .map((column) => `max(octet_length(${column})) FILTER (WHERE typeof(${column}) IN ('text', 'blob'))`);
  const row = db
    .prepare(`SELECT ${largest.join(', ')} FROM ${quoteName(table)} NOT INDEXED`)
    .raw()
    .get() as (bigint | number | null)[];
  return new Map(columns.map((column, i) => [column, Number(row[i] ?? 0)]));
}
