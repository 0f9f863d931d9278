import type { Database } from 'better-sqlite3';
import { storageClass } from '../../../column-types/encode/storage-class.ts';
import type { SqliteValue } from '../../../column-types/types.ts';
import type { Locator, StoredRow, StoredValue } from '../../../plan/rows.ts';
import type { TablePlan } from '../../../plan/types.ts';
import { quoteName, quoteText } from '../../../quote.ts';
import type { ExcludedRows } from '../../source.ts';
import { exactValues, locatorExpressions, sameLocators } from '../source-sql.ts';

/** Bytes of stored values that are handed over at once, at the least one row. */
const BYTES_A_PAGE = 4 * 1024 * 1024;
const ROWS_A_PAGE = 1_000;

/**
 * Lists of rows that a connection passes over. They are temporary tables, which a connection that may only
 * read can have too: so one condition in the SQL that reads a range leaves the rows out of the copy and of
 * its proof alike.
 */
export function exclude(db: Database, tables: readonly ExcludedRows[]): number {
  let rows = 0;
  for (const { table, locators } of tables) {
    const add = makeList(db, table);
    for (const locator of locators) if (add(locator)) rows++;
  }
  return rows;
}

/**
 * Makes the list of a table's rows, empty.
 *
 * @returns adds a row; false when it is there already
 */
export function makeList(db: Database, table: TablePlan): (locator: Locator) => boolean {
  const list = quoteName(table.excluded ?? '');
  const columns = locatorExpressions(table).map((_, i) => `l${i}`);
  const declared = table.rowid === undefined ? columns : ['l0 INTEGER'];
  db.exec(`
    DROP TABLE IF EXISTS temp.${list};
    CREATE TABLE temp.${list} (place INTEGER PRIMARY KEY, ${declared.join(', ')});
    CREATE INDEX temp.${quoteName(`${table.excluded}_place`)} ON ${list} (${columns.join(', ')});`);
  const values = columns.map((_, i) => `iif(@text${i}, CAST(@value${i} AS TEXT), @value${i})`);
  const same = columns.map((column, i) => `${column} IS ${values[i]}`).join(' AND ');
  // NULLs count as equal here, which no unique index would have.
  const insert = db.prepare(
    `INSERT INTO temp.${list} (${columns.join(', ')}) SELECT ${values.join(', ')}
     WHERE NOT EXISTS (SELECT 1 FROM temp.${list} WHERE ${same})`,
  );
  return (locator) => insert.run(bindings(locator)).changes > 0;
}

function bindings(locator: Locator): Record<string, SqliteValue> {
  const bound: Record<string, SqliteValue> = {};
  for (const [i, value] of locator.entries()) {
    const isText = value !== null && typeof value === 'object' && 'text' in value;
    bound[`text${i}`] = isText ? 1n : 0n;
    bound[`value${i}`] = isText ? value.text : value;
  }
  return bound;
}

/** Reads what {@link exactLocators} selects. */
export function toLocator(values: readonly SqliteValue[]): Locator {
  return Array.from({ length: values.length / 2 }, (_, i) => {
    const value = values[2 * i + 1] as Exclude<SqliteValue, string>;
    return values[2 * i] === 1n ? { text: value as Uint8Array } : value;
  });
}

/** Rows of the list from a place on, every column as it is stored; computed columns are not stored. */
export function storedRows(db: Database, table: TablePlan, from: number): StoredRow[] {
  const columns = db
    .prepare(`SELECT name FROM pragma_table_xinfo(${quoteText(table.source)}) WHERE hidden = 0`)
    .pluck()
    .all() as string[];
  const values = exactValues(columns.map((name) => `t.${quoteName(name)}`));
  // CROSS JOIN keeps SQLite from scanning the table for a short list.
  const statement = db.prepare(
    `SELECT x.place, ${values.join(', ')}
     FROM temp.${quoteName(table.excluded ?? '')} x CROSS JOIN ${quoteName(table.source)} t ON ${sameLocators(table)}
     WHERE x.place >= ? ORDER BY x.place`,
  );
  const rows: StoredRow[] = [];
  let bytes = 0;
  for (const row of statement.raw().iterate(from) as IterableIterator<SqliteValue[]>) {
    // Rows that nothing tells apart share a place, and a page ends only where a place does.
    const full = bytes >= BYTES_A_PAGE || rows.length >= ROWS_A_PAGE;
    if (full && rows.at(-1)?.place !== Number(row[0])) break;
    const [place, marks, ...exact] = row;
    const stored = columns.map((column, i) => store(column, (marks as string)[i] === '1', exact[i] ?? null));
    rows.push({ place: Number(place), values: stored });
    bytes += stored.reduce((sum, value) => sum + (value.bytes?.length ?? 0), 0);
  }
  return rows;
}

function store(column: string, isText: boolean, value: SqliteValue): StoredValue {
  if (isText) return { column, storageClass: 'text', bytes: value as Uint8Array };
  return { column, storageClass: storageClass(value), bytes: toBytes(value) };
}

function toBytes(value: SqliteValue): Uint8Array | null {
  if (value === null || value instanceof Uint8Array) return value;
  const bytes = Buffer.alloc(8);
  if (typeof value === 'bigint') bytes.writeBigInt64BE(value);
  else bytes.writeDoubleBE(value as number);
  return bytes;
}
