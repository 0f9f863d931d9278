import { quoteName } from '@vatevo/transfer';
import type { Database } from 'better-sqlite3';

/** What a column really holds. */
export interface Evidence {
  readonly nulls: number;
  readonly integers: number;
  readonly reals: number;
  readonly texts: number;
  readonly blobs: number;
  /** Of the integers. */
  readonly lowest: bigint | undefined;
  readonly highest: bigint | undefined;
  /** Characters of the longest text; of one with a NUL those before it. */
  readonly longest: number;
  /** Bytes of the largest text or BLOB. */
  readonly largest: number;
}

/** SQLite gives back no more columns than this allows for, with room for the eight of each. */
const COLUMNS_AT_ONCE = 150;

/** Reads a table once for each hundred or so of its columns. */
export function gatherEvidence(db: Database, table: string, columns: readonly string[]): Evidence[] {
  const found: Evidence[] = [];
  for (let from = 0; from < columns.length; from += COLUMNS_AT_ONCE) {
    const some = columns.slice(from, from + COLUMNS_AT_ONCE);
    const selected = some.flatMap((column) => expressions(quoteName(column)));
    const row = db
      .prepare(`SELECT count(*), ${selected.join(', ')} FROM ${quoteName(table)}`)
      .raw()
      .safeIntegers()
      .get() as (bigint | number | null)[];
    const rows = Number(row[0]);
    for (const [i] of some.entries()) {
      const [integers, reals, texts, blobs, lowest, highest, longest, largest] = row.slice(
        1 + i * 8,
        9 + i * 8,
      );
      const counts = [integers, reals, texts, blobs].map(Number) as [number, number, number, number];
      found.push({
        nulls: rows - counts.reduce((sum, count) => sum + count, 0),
        integers: counts[0],
        reals: counts[1],
        texts: counts[2],
        blobs: counts[3],
        lowest: typeof lowest === 'bigint' ? lowest : undefined,
        highest: typeof highest === 'bigint' ? highest : undefined,
        longest: Number(longest ?? 0),
        largest: Number(largest ?? 0),
      });
    }
  }
  return found;
}

function expressions(name: string): string[] {
  const counts = ['integer', 'real', 'text', 'blob'].map(
    (of) => `count(*) FILTER (WHERE typeof(${name}) = '${of}')`,
  );
  const among = (of: string, what: string, filter: string) => `${of}(${what}) FILTER (WHERE ${filter})`;
  return [
    ...counts,
    // In no order of the application's, which SQLite may not know.
    among('min', `${name} COLLATE BINARY`, `typeof(${name}) = 'integer'`),
    among('max', `${name} COLLATE BINARY`, `typeof(${name}) = 'integer'`),
    among('max', `length(${name})`, `typeof(${name}) = 'text'`),
    among('max', `octet_length(${name})`, `typeof(${name}) IN ('text', 'blob')`),
  ];
}

export function countPresent({ integers, reals, texts, blobs }: Evidence): number {
  return integers + reals + texts + blobs;
}
