import type { Database } from 'better-sqlite3';
import { fromRange, sourceExpression } from '../plan/source-sql.ts';
import type { RowRange } from '../readers/protocol.ts';
import type { Stored } from './canonical.ts';

/** The driver decodes text leniently: U+FFFD may have been written, or stand for bytes that are no UTF-8. */
const REPLACEMENT_CHARACTER = '\uFFFD';

/** Thrown by the quick reading when only the stored bytes can tell what a text is. */
export class NeedsStrictReading extends Error {}

/**
 * The rows of a range, quickly: text as the driver decodes it. They are read through SQLite itself, not from
 * the file's pages as the copy does, so that a fault of that reading cannot hide itself either.
 *
 * @throws NeedsStrictReading at the first text that may have been decoded with a loss.
 */
export function* quickRows(db: Database, range: RowRange): IterableIterator<readonly Stored[]> {
  const values = range.table.columns.map((column) => sourceExpression(column));
  for (const row of select(db, range, values)) {
    for (let i = 0; i < row.length; i++) {
      const value = row[i];
      if (typeof value === 'string' && value.includes(REPLACEMENT_CHARACTER)) throw new NeedsStrictReading();
    }
    yield row;
  }
}

/** The same rows from their stored bytes: a text that is no UTF-8 is one that no target value can equal. */
export function* strictRows(db: Database, range: RowRange): IterableIterator<readonly Stored[]> {
  const { columns } = range.table;
  const values = columns.flatMap((column) => {
    const value = sourceExpression(column);
    return [`typeof(${value})`, `iif(typeof(${value}) = 'text', CAST(${value} AS BLOB), ${value})`];
  });
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (const row of select(db, range, values)) {
    yield columns.map((_, i) => {
      const stored = row[2 * i + 1] as Stored;
      if (row[2 * i] !== 'text') return stored;
      const bytes = stored as Uint8Array;
      try {
        return decoder.decode(bytes);
      } catch {
        // U+0000 cannot stand in any text of PostgreSQL.
        return `\0bytes:${Buffer.from(bytes).toString('hex')}`;
      }
    });
  }
}

function select(db: Database, range: RowRange, selected: readonly string[]): IterableIterator<Stored[]> {
  const { sql, values } = fromRange(range);
  const statement = db.prepare(`SELECT ${selected.join(', ')} ${sql}`).raw();
  return statement.iterate(...values) as IterableIterator<Stored[]>;
}
