import type { Database } from 'better-sqlite3';
import { fromRange, sourceExpression } from '../plan/source-sql.ts';
import type { RowRange } from '../readers/protocol.ts';
import { canonicalForm, type Stored } from './canonical.ts';

/** A row as the values that the target must print. */
export type CanonicalRow = readonly (string | null)[];

/** The driver decodes text leniently: U+FFFD may have been written, or stand for bytes that are no UTF-8. */
const REPLACEMENT_CHARACTER = '\uFFFD';

/** Thrown by the quick reading when only the stored bytes can tell what a text is. */
export class NeedsStrictReading extends Error {}

/**
 * The rows of a range, quickly: text as the driver decodes it.
 *
 * @throws NeedsStrictReading at the first text that may have been decoded with a loss.
 */
export function* quickRows(db: Database, range: RowRange): IterableIterator<CanonicalRow> {
  const forms = range.table.columns.map(canonicalForm);
  const values = range.table.columns.map((column) => sourceExpression(column));
  for (const row of select(db, range, values)) {
    yield forms.map((form, i) => {
      const text = form(row[i] as Stored);
      if (text?.includes(REPLACEMENT_CHARACTER)) throw new NeedsStrictReading();
      return text;
    });
  }
}

/** The same rows from their stored bytes: a text that is no UTF-8 is one that no target value can equal. */
export function* strictRows(db: Database, range: RowRange): IterableIterator<CanonicalRow> {
  const forms = range.table.columns.map(canonicalForm);
  const values = range.table.columns.flatMap((column) => {
    const value = sourceExpression(column);
    return [`typeof(${value})`, `iif(typeof(${value}) = 'text', CAST(${value} AS BLOB), ${value})`];
  });
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (const row of select(db, range, values)) {
    yield forms.map((form, i) => {
      const stored = row[2 * i + 1] as Stored;
      if (row[2 * i] !== 'text') return form(stored);
      const bytes = stored as Uint8Array;
      try {
        return form(decoder.decode(bytes));
      } catch {
        return `\0bytes:${Buffer.from(bytes).toString('hex')}`;
      }
    });
  }
}

function select(
  db: Database,
  { table, bounds }: RowRange,
  values: readonly string[],
): IterableIterator<unknown[]> {
  const statement = db.prepare(`SELECT ${values.join(', ')} ${fromRange(table, bounds !== undefined)}`).raw();
  return statement.iterate(...(bounds ? [bounds.lowest, bounds.highest] : [])) as IterableIterator<unknown[]>;
}
