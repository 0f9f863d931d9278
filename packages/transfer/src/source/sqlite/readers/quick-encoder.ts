import type { Database } from 'better-sqlite3';
import type { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import type { PageWork } from '../../../column-types/encode/page-encoder.ts';
import type { StorageCensus } from '../../../column-types/types.ts';
import type { ColumnPlan, TablePlan } from '../../../plan/types.ts';
import type { RowRange } from '../../source.ts';
import { PageFile } from '../pages/page-file.ts';
import type { Pages } from '../pages/pages.ts';
import { Record, SERIAL_BLOB, SERIAL_NULL, SERIAL_ONE, SERIAL_REAL } from '../pages/record.ts';
import { TableCursor } from '../pages/table-cursor.ts';
import { KnownIntegers } from './known-integers.ts';
import { findPlace, type QuickColumn, quickColumn } from './quick-column.ts';

const REAL_BYTES = 8;
/** Bytes that a field can have beyond those that are stored: its length, and a number that was a bit in the header. */
const MAX_FIELD_OVERHEAD = 16;

type OpenPages = (access: 'scan' | 'lookup') => Pages | undefined;

/** The row that a column's parent key leads to. */
interface Lookup {
  readonly local: number;
  readonly cursor: TableCursor;
  readonly record: Record;
  /** What was found for rows before, in the same range: many rows point to few. */
  readonly known: KnownIntegers;
}

/**
 * Turns rows into binary COPY straight from the file's pages: bytes that both databases store alike are
 * copied and never become JavaScript values. It writes only what is common and beyond doubt, and leaves every
 * other row to the {@link RowEncoder}, which reads through SQLite and has the last word on each value.
 */
export class QuickEncoder {
  /** The rowid of the current row. */
  rowid = 0;
  readonly #cursor: TableCursor;
  readonly #record: Record;
  readonly #columns: readonly QuickColumn[];
  readonly #lookups: readonly (Lookup | undefined)[];
  #highest = 0;

  private constructor(
    cursor: TableCursor,
    record: Record,
    columns: readonly QuickColumn[],
    lookups: readonly (Lookup | undefined)[],
  ) {
    this.#cursor = cursor;
    this.#record = record;
    this.#columns = columns;
    this.#lookups = lookups;
  }

  /**
   * @param open the pages of the file; undefined where they cannot be read
   * @param largest bytes of a record from which on none is read
   * @returns undefined when the file or the table is none that can be read so
   */
  static open(
    db: Database,
    table: TablePlan,
    work: PageWork,
    open: OpenPages = (access) => PageFile.open(db.name, access),
    largest?: number,
  ): QuickEncoder | undefined {
    // Rows that are excluded are known to SQLite alone.
    if (table.excluded !== undefined) return undefined;
    const place = findPlace(db, table.source, table.rowid);
    if (place === undefined) return undefined;
    const columns: QuickColumn[] = [];
    const lookups: (Lookup | undefined)[] = [];
    for (const plan of table.columns) {
      if (plan.generated) continue;
      const column = quickColumn(db, place, plan, work);
      if (column === undefined) return undefined;
      // Pages of its own: what the row's record points into must stay while its parent is looked up.
      const lookup = column.through && openLookup(open, column.through, largest);
      if (column.through && lookup === undefined) return undefined;
      columns.push(column);
      lookups.push(lookup);
    }
    const pages = open('scan');
    if (pages === undefined) return undefined;
    const cursor = new TableCursor(pages, place.root, largest);
    return new QuickEncoder(cursor, new Record(place.columns), columns, lookups);
  }

  /** Goes before the first row of a range; false when its rowids are beyond what numbers hold. */
  seek({ bounds }: RowRange): boolean {
    if (bounds === undefined) return false;
    const lowest = Number(bounds.lowest);
    this.#highest = Number(bounds.highest);
    if (!Number.isSafeInteger(lowest) || !Number.isSafeInteger(this.#highest)) return false;
    this.#cursor.seek(lowest);
    // Others may have written to the file since.
    for (const lookup of this.#lookups) lookup?.known.clear();
    return true;
  }

  /** Moves to the next row of the range; false behind the last, when it gives back what rows took. */
  next(): boolean {
    if (!this.#cursor.next() || this.#cursor.rowid > this.#highest) {
      this.#cursor.release();
      this.#record.bytes = this.#cursor.payload;
      return false;
    }
    this.rowid = this.#cursor.rowid;
    this.#record.read(this.#cursor);
    return true;
  }

  /** Bytes of the current row as it is stored. */
  get size(): number {
    return this.#cursor.size;
  }

  /** A column in which the current row holds a value of more bytes itself. */
  columnWithMore(bytes: number): ColumnPlan | undefined {
    if (this.size <= bytes) return undefined;
    const { starts, ends, count } = this.#record;
    const isLarger = ({ position, through }: QuickColumn) =>
      through === undefined &&
      position >= 0 &&
      position < count &&
      (ends[position] as number) - (starts[position] as number) > bytes;
    return this.#columns.find(isLarger)?.plan;
  }

  /** Writes the current row; false, with the writer left as it was, when it is for the other encoder. */
  encode(out: CopyWriter): boolean {
    const start = out.position;
    const columns = this.#columns;
    // Room for the whole row at once: a large one must not be copied from buffer to buffer while it grows.
    out.reserve(this.#cursor.size + MAX_FIELD_OVERHEAD * (columns.length + 1));
    out.int16(columns.length);
    for (let i = 0; i < columns.length; i++) {
      if (!this.#encodeColumn(columns[i] as QuickColumn, i, out)) {
        out.position = start;
        return false;
      }
    }
    return true;
  }

  /** Counts the current row's values by storage class, after {@link encode} took it. */
  count(census: readonly StorageCensus[]): void {
    for (let i = 0; i < this.#columns.length; i++) {
      const { position } = this.#columns[i] as QuickColumn;
      const record = this.#lookups[i]?.record ?? this.#record;
      const of = census[i] as StorageCensus;
      const serial = position < 0 ? SERIAL_ONE : (record.serials[position] as number);
      if (serial >= SERIAL_BLOB) {
        if (serial % 2 === 0) of.blob++;
        else of.text++;
      } else if (serial === SERIAL_NULL) of.null++;
      else if (serial === SERIAL_REAL) of.real++;
      else of.integer++;
    }
  }

  #encodeColumn(column: QuickColumn, i: number, out: CopyWriter): boolean {
    const lookup = this.#lookups[i];
    let record = this.#record;
    let rowid = this.rowid;
    if (lookup !== undefined) {
      const key = lookup.local < 0 ? rowid : record.smallInteger(lookup.local);
      const known = lookup.known.get(key);
      if (!Number.isNaN(known)) {
        // The record is that of another row, whose value may have been none.
        lookup.record.serials[column.position] = SERIAL_ONE;
        return column.page.integer(known, out);
      }
      if (Number.isNaN(key) || !lookup.cursor.find(key)) return false;
      record = lookup.record;
      record.read(lookup.cursor);
      rowid = key;
    }
    const { page, position } = column;
    if (position < 0) return page.integer(rowid, out);
    if (position >= record.count) return false;
    const serial = record.serials[position] as number;
    if (serial === SERIAL_NULL) {
      if (!column.nullable) return false;
      out.null();
      return true;
    }
    const start = record.starts[position] as number;
    if (serial < SERIAL_BLOB) {
      if (serial === SERIAL_REAL) return page.real(record.bytes, start, start + REAL_BYTES, out);
      const value = record.smallInteger(position);
      if (Number.isNaN(value)) return false;
      lookup?.known.set(rowid, value);
      return page.integer(value, out);
    }
    const end = record.ends[position] as number;
    const write = serial % 2 === 0 ? page.blob : page.text;
    return write(record.bytes, start, end, out);
  }
}

function openLookup(
  open: OpenPages,
  { local, parent }: NonNullable<QuickColumn['through']>,
  largest: number | undefined,
): Lookup | undefined {
  const pages = open('lookup');
  const cursor = pages && new TableCursor(pages, parent.root, largest);
  return cursor && { local, cursor, record: new Record(parent.columns), known: new KnownIntegers() };
}
