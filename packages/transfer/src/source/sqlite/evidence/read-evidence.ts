import { isUtf8 } from 'node:buffer';
import type { Database } from 'better-sqlite3';
import { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import type { SqliteValue } from '../../../column-types/types.ts';
import type { SourceTable } from '../../../plan/catalog.ts';
import { quoteName } from '../../../quote.ts';
import { type ColumnEvidence, LARGE, type Reading } from '../../evidence.ts';
import { largestValues } from '../size.ts';
import { ColumnTally } from './tally.ts';

const REPLACEMENT_CHARACTER = '\uFFFD';

/**
 * What is really stored in the columns of a table, in their order: one pass over its rows.
 *
 * @param db opened with {@link openSource}: integers come as bigint
 * @param readings by column: the ways to take its values that are to be tried
 */
export function readEvidence(
  db: Database,
  table: SourceTable,
  readings: Readonly<Record<string, readonly Reading[]>> = {},
): ColumnEvidence[] {
  if (table.virtual) return [];
  const out = new CopyWriter(4096);
  const tallies = table.columns.map((column) => new ColumnTally(column, readings[column.name] ?? [], out));
  const largest = largestValues(
    db,
    table.name,
    table.columns.map(({ name }) => name),
  );
  const large = new Set([...largest].filter(([, bytes]) => bytes > LARGE).map(([name]) => name));
  const isBroken = brokenTexts(db, table);
  const locators = locatorsOf(table);
  const selected = [
    ...locators.map(quoteName),
    ...table.columns.map(({ name }) => {
      if (largest.get(name) === Number.POSITIVE_INFINITY) return 'NULL';
      return large.has(name) ? withoutLarge(name) : quoteName(name);
    }),
  ];
  const rows = db
    .prepare(`SELECT ${selected.join(', ')} FROM ${quoteName(table.name)} NOT INDEXED`)
    .raw()
    .safeIntegers()
    .iterate() as IterableIterator<SqliteValue[]>;
  for (const row of rows) {
    for (const [i, tally] of tallies.entries()) {
      const value = row[locators.length + i] as SqliteValue;
      const { name } = tally.column;
      if (large.has(name) && typeof value === 'string' && value in LARGE_OF) {
        tally.addLarge(LARGE_OF[value] as 'text' | 'blob');
      } else {
        const text = large.has(name) && typeof value === 'string' ? value.slice(1) : value;
        tally.add(
          text,
          () =>
            typeof text === 'string' &&
            text.includes(REPLACEMENT_CHARACTER) &&
            isBroken(name, row.slice(0, locators.length)),
        );
      }
    }
  }
  return tallies.map((tally) => ({
    ...tally.evidence(),
    largest: largest.get(tally.column.name) ?? 0,
  }));
}

/** What stands for a large value; other texts of the column have a mark before them. */
const LARGE_OF: Readonly<Record<string, 'text' | 'blob'>> = { text: 'text', blob: 'blob' };

function withoutLarge(name: string): string {
  const column = quoteName(name);
  return `CASE WHEN octet_length(${column}) > ${LARGE} THEN typeof(${column})
    WHEN typeof(${column}) = 'text' THEN '=' || ${column} ELSE ${column} END`;
}

/** What tells one row from every other, as far as anything does. */
function locatorsOf({ rowidName, columns }: SourceTable): string[] {
  if (rowidName !== undefined) return [rowidName];
  const key = columns.filter(({ keyPosition }) => keyPosition > 0);
  return (key.length > 0 ? key : columns).map(({ name }) => name);
}

/** The driver reads bytes that are no UTF-8 as U+FFFD: the stored ones tell whether that was written. */
function brokenTexts(
  db: Database,
  table: SourceTable,
): (column: string, locators: readonly SqliteValue[]) => boolean {
  const where = locatorsOf(table)
    .map((name) => `${quoteName(name)} IS ?`)
    .join(' AND ');
  return (column, locators) => {
    const bytes = db
      .prepare(`SELECT CAST(${quoteName(column)} AS BLOB) FROM ${quoteName(table.name)} WHERE ${where}`)
      .pluck()
      .get(...locators);
    return !(bytes instanceof Uint8Array) || !isUtf8(bytes);
  };
}
