import { constants } from 'node:buffer';
import type { Database } from 'better-sqlite3';
import type { SqliteValue } from '../../column-types/types.ts';
import { codeOf } from '../../errors.ts';
import { showValue } from '../../plan/show.ts';
import { quoteName } from '../../quote.ts';
import { saysSecret } from '../evidence.ts';
import type { LargeValue } from '../source.ts';
import { PageFile } from './pages/page-file.ts';
import { countTreePages } from './pages/tree-pages.ts';

/** Bytes of the largest value that the driver reads, or lets SQLite compute. */
export const MAX_READ = constants.MAX_STRING_LENGTH;

/** Bytes that the database really holds: its pages without the free ones. */
export function usedBytes(db: Database): number {
  const pragma = (name: string) => Number(db.pragma(name, { simple: true }));
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}

/** Whether SQLite met a value that the driver does not let it read or compute. */
export function isTooBig(error: unknown): boolean {
  return codeOf(error) === 'SQLITE_TOOBIG';
}

/**
 * Bytes of the largest text or BLOB of each column. The length of a value stands before it: nothing of the value is read. By no
 * index: it may be in an order of the application's, which SQLite does not know. Infinity where a column is computed and
 * cannot be here.
 *
 * @param ofBlob how often a byte of a BLOB counts
 */
export function largestValues(
  db: Database,
  table: string,
  columns: readonly string[],
  ofBlob = 1,
): ReadonlyMap<string, number> {
  if (columns.length === 0) return new Map();
  const largest = columns.map(quoteName).map((column) => {
    const counted = ofBlob === 1 ? '' : ` * iif(typeof(${column}) = 'blob', ${ofBlob}, 1)`;
    return `max(octet_length(${column})${counted}) FILTER (WHERE typeof(${column}) IN ('text', 'blob'))`;
  });
  try {
    const row = db
      .prepare(`SELECT ${largest.join(', ')} FROM ${quoteName(table)} NOT INDEXED`)
      .raw()
      .get() as (bigint | number | null)[];
    return new Map(columns.map((column, i) => [column, Number(row[i] ?? 0)]));
  } catch (error) {
    if (!isTooBig(error)) throw error;
    if (columns.length === 1) return new Map(columns.map((column) => [column, Number.POSITIVE_INFINITY]));
    return new Map(columns.flatMap((column) => [...largestValues(db, table, [column], ofBlob)]));
  }
}

/**
 * Bytes that no value of a file has more of: what does not fit on its row's page lies on pages that are in no tree. Where
 * rows are not large, that is little, and told without going through them. Infinity where pages cannot be read.
 */
function largestPossible(db: Database): number {
  // Only a transaction keeps the pages as they are.
  const pages = db.inTransaction ? PageFile.open(db.name, 'single') : undefined;
  if (pages === undefined) return Number.POSITIVE_INFINITY;
  const roots = db.prepare('SELECT rootpage FROM sqlite_schema WHERE rootpage > 0').pluck().all();
  const used = usedBytes(db);
  const inTrees = countTreePages(pages, roots.map(Number), used / pages.pageSize);
  return used - (inTrees - 1) * pages.pageSize;
}

/** Columns with values of more bytes, each with the greatest number of them. @param ofBlob as above */
export function columnsWithMore(
  db: Database,
  tables: Iterable<readonly [table: string, columns: readonly string[]]>,
  most: number,
  ofBlob = 1,
): { table: string; column: string; bytes: number }[] {
  if (usedBytes(db) * ofBlob <= most || largestPossible(db) * ofBlob <= most) return [];
  return [...tables].flatMap(([table, columns]) =>
    [...largestValues(db, table, columns, ofBlob)].flatMap(([column, bytes]) =>
      bytes > most ? [{ table, column, bytes }] : [],
    ),
  );
}

/** A value of a column with more bytes. @param key the columns by which people find a row */
export function valueWithMore(
  db: Database,
  table: string,
  column: string,
  key: readonly string[],
  most: number,
): LargeValue | undefined {
  const [bytes, ...shown] = [column, ...key].map((name) => `octet_length(${quoteName(name)})`);
  try {
    const names = key.map(
      (name, i) => `CASE WHEN ${shown[i]} > ${MAX_READ} THEN '(large)' ELSE ${quoteName(name)} END`,
    );
    const row = db
      .prepare(
        `SELECT ${[bytes, ...names].join(', ')} FROM ${quoteName(table)} NOT INDEXED
         WHERE ${bytes} > ${most} AND typeof(${quoteName(column)}) IN ('text', 'blob') LIMIT 1`,
      )
      .raw()
      .get() as [bigint | number, ...SqliteValue[]] | undefined;
    if (row === undefined) return undefined;
    const [found, ...values] = row;
    return {
      bytes: Number(found),
      key: key
        .map((name, i) => `${name}=${saysSecret(name) ? '(hidden)' : showValue(values[i] ?? null)}`)
        .join(', '),
    };
  } catch (error) {
    if (isTooBig(error)) return { bytes: Number.POSITIVE_INFINITY, key: '' };
    throw error;
  }
}
