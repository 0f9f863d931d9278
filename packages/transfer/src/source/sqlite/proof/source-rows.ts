import { isUtf8 } from 'node:buffer';
import type { Database } from 'better-sqlite3';
import { columnType } from '../../../column-types/registry.ts';
import type { SqliteValue } from '../../../column-types/types.ts';
import { type ColumnPlan, sourceName, type TablePlan } from '../../../plan/types.ts';
import { quoteName } from '../../../quote.ts';
import type { RowRange } from '../../source.ts';
import { LARGE_ROW, type Turn } from '../readers/turn.ts';
import { exactValues, readExact, selectRange, sourceExpression } from '../source-sql.ts';
import { type HashedValue, LargeText, type ReadValue } from './canonical.ts';
import { hashStored } from './stored-value.ts';

/** The driver decodes text leniently: U+FFFD may have been written, or stand for bytes that are no UTF-8. */
const REPLACEMENT_CHARACTER = '\uFFFD';

/** Thrown by the quick reading when only the stored bytes can tell what a text is. */
export class NeedsStrictReading extends Error {}

/** Values that a function of SQLite is surely given at once (SQLITE_MAX_FUNCTION_ARG is 127 or more). */
const MAX_VALUES = 100;
/** Bytes of a text from which on it stays undecoded where rows are read alone. */
const LARGE_TEXT = 1 << 20;
const VISIT = 'vatevo_visit_row';
const NOTE_LARGE = 'vatevo_note_large_row';

type Row = readonly ReadValue[];
type Visit = (row: Row) => void;

interface Visitor {
  visit: Visit;
  /** The rowids of rows that are read later, one at a time. */
  large: bigint[];
}

/** Whom the rows of a connection are handed to just now. */
const visitors = new WeakMap<Database, Visitor>();

/**
 * Hands over the rows of a range, quickly: text as the driver decodes it. They are read through SQLite itself,
 * not from the file's pages as the copy does, so that a fault of that reading cannot hide itself either.
 *
 * @param turn held while a large row is in memory
 * @throws NeedsStrictReading at the first text that may have been decoded with a loss.
 */
export function visitQuickRows(db: Database, range: RowRange, visit: Visit, turn?: Turn): void {
  const { table } = range;
  const values = table.columns.map((column) => sourceExpression(column));
  if (values.length > MAX_VALUES) {
    for (const row of quickRows(db, range)) visit(row);
    return;
  }
  // SQLite calls for each row: that takes half of what a row costs that is asked for.
  const visitor = visitorOf(db);
  visitor.visit = visit;
  visitor.large = [];
  const visited = `${VISIT}(${values.join(', ')})`;
  // A key need not tell one row from every other as a rowid does, nor come through undecoded.
  const rowid = table.rowid === undefined ? 'NULL' : `t.${quoteName(table.rowid)}`;
  const call = `iif(${isLarge(table)}, ${NOTE_LARGE}(${rowid}), ${visited})`;
  for (const _ of select(db, range, [`count(${call})`]));
  for (const rowid of visitor.large) visitLargeRow(db, table, rowid, visit, turn);
}

/** Reads one row with its large texts as bytes: decoded, they would be in memory twice and more. */
function visitLargeRow(
  db: Database,
  table: TablePlan,
  rowid: bigint,
  visit: Visit,
  turn: Turn | undefined,
): void {
  turn?.take();
  try {
    const { selected, read } = storedBytes(db, table, (bytes) => {
      if (!isUtf8(bytes)) throw new NeedsStrictReading();
      return bytes.length >= LARGE_TEXT ? new LargeText(bytes) : bytes.toString('utf8');
    });
    const row = db
      .prepare(
        `SELECT ${selected.join(', ')} FROM ${quoteName(table.source)} t WHERE t.${quoteName(table.rowid ?? '')} = ?`,
      )
      .raw()
      .get(rowid) as SqliteValue[];
    visit(read(row));
  } finally {
    turn?.release();
  }
}

/**
 * The same one after the other, in the order of the rowids, for who may not want all of them.
 *
 * @param also SQL over the row `t`, whose values stand behind those of the columns
 * @throws NeedsStrictReading as above
 */
export function* quickRows(
  db: Database,
  range: RowRange,
  also: readonly string[] = [],
): IterableIterator<readonly SqliteValue[]> {
  const { columns } = range.table;
  if (columns.some(({ maxRead }) => maxRead !== undefined)) throw new NeedsStrictReading();
  const values = [...columns.map((column) => sourceExpression(column)), ...also];
  for (const row of select(db, range, values)) yield sound(row);
}

function sound(row: readonly SqliteValue[]): readonly SqliteValue[] {
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    if (typeof value === 'string' && value.includes(REPLACEMENT_CHARACTER)) throw new NeedsStrictReading();
  }
  return row;
}

/** Whether a row has so much in it that it is read alone, as SQL. */
function isLarge({ columns }: TablePlan): string {
  const sizes = columns
    .filter(({ type }) => columnType(type).traits.isUnbounded)
    .map((column) => `coalesce(octet_length(${sourceExpression(column)}), 0)`);
  const isAbove = sizes.length === 0 ? [] : [`${sizes.join(' + ')} > ${LARGE_ROW}`];
  return [...isAbove, ...columns.flatMap(isUnread)].join(' OR ') || 'false';
}

/** Whether a value is none for the driver, as SQL; nothing where no value of the column is. */
function isUnread(column: ColumnPlan): string[] {
  if (column.maxRead === undefined) return [];
  return [`coalesce(octet_length(${sourceExpression(column)}), 0) > ${column.maxRead}`];
}

function visitorOf(db: Database): Visitor {
  const known = visitors.get(db);
  if (known) return known;
  const visitor: Visitor = { visit: () => undefined, large: [] };
  const options = { varargs: true, safeIntegers: true, directOnly: true };
  db.function(VISIT, options, (...row) => {
    visitor.visit(sound(row as SqliteValue[]));
    return null;
  });
  db.function(NOTE_LARGE, { safeIntegers: true, directOnly: true }, (rowid) => {
    if (typeof rowid !== 'bigint') throw new NeedsStrictReading();
    visitor.large.push(rowid);
    return null;
  });
  visitors.set(db, visitor);
  return visitor;
}

/** The same rows from their stored bytes: a text that is no UTF-8 is one that no target value can equal. */
export function* strictRows(
  db: Database,
  range: RowRange,
  also: readonly string[] = [],
): IterableIterator<readonly (SqliteValue | HashedValue)[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const { selected, read } = storedBytes(db, range.table, (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch {
      // U+0000 cannot stand in any text of PostgreSQL.
      return `\0bytes:${bytes.toString('hex')}`;
    }
  });
  for (const row of select(db, range, [...selected, ...also]))
    yield [...read(row), ...row.slice(selected.length)];
}

/** How values are read so that no byte of a text is lost: what is selected, and how a row of it becomes one of values. */
function storedBytes<Text>(db: Database, table: TablePlan, textOf: (bytes: Buffer) => Text) {
  const { columns } = table;
  const values = columns.map((column) => {
    const value = sourceExpression(column);
    return isUnread(column).map((unread) => `iif(${unread}, NULL, ${value})`)[0] ?? value;
  });
  const unread = columns.flatMap(isUnread);
  const places = [...columns.keys()].filter((i) => columns[i]?.maxRead !== undefined);
  const rowid = unread.length > 0 ? [`t.${quoteName(table.rowid ?? '')}`] : [];
  return {
    selected: [...exactValues(values), ...unread, ...rowid],
    read: (row: readonly SqliteValue[]) => {
      const found: (SqliteValue | Text | HashedValue)[] = readExact(row.slice(0, columns.length + 1), textOf);
      for (const [n, i] of places.entries()) {
        if (row[columns.length + 1 + n] !== 1n) continue;
        const place = row[columns.length + 1 + places.length] as bigint;
        found[i] = hashStored(db, table.source, place, sourceName(columns[i] as ColumnPlan));
      }
      return found;
    },
  };
}

function select(db: Database, range: RowRange, selected: readonly string[]): IterableIterator<SqliteValue[]> {
  return selectRange(db, range, selected.join(', '));
}
