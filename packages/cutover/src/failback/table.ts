import { codeOf, ProgrammingError, TransferError } from '@vatevo/transfer';
import {
  type ColumnPlan,
  quoteName,
  quoteQualified,
  type TablePlan,
  type TransferPlan,
} from '@vatevo/transfer/plan';
import { MAX_READ } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import type { ServedTable } from '../server/tables.ts';
import { ColumnTrial } from './column-trial.ts';
import { largeRows } from './large-rows.ts';
import { type LeftValues, type StoredValue, ValueReader } from './values.ts';

/** A table as it goes back: planned like a transfer of the file, read the other way round. */
export interface ReturningTable {
  readonly plan: TablePlan;
  /** The key by which PostgreSQL's log names rows: places in a row. */
  readonly keyPlaces: readonly number[];
  /** `SELECT … FROM … r`, to be followed by a condition: a row's values, and what is too large of them. */
  readonly select: string;
  /** Columns of the file, in the order of a row. */
  readonly columns: readonly string[];
  readonly readers: readonly ValueReader[];
}

/**
 * @param maxRead bytes of the largest value, and row, that is read and written
 * @throws TransferError `target-unfit` when the file has no place for something that PostgreSQL has
 */
export function returningTables(
  plan: TransferPlan,
  served: readonly ServedTable[],
  maxRead: number = MAX_READ,
): ReturningTable[] {
  return served.map(({ name, key }) => {
    const table = plan.tables.find(({ target }) => target.name === name);
    if (table === undefined) {
      throw new TransferError('target-unfit', `The SQLite file has no table for PostgreSQL's ${name}.`);
    }
    const readers = table.columns.map((column) => new ValueReader(column, name));
    const printed = (column: ColumnPlan) => readers[table.columns.indexOf(column)]?.expression ?? '';
    const { join, sent, note } = largeRows(table.columns, printed, maxRead);
    return {
      plan: table,
      keyPlaces: key.map((column) => table.columns.findIndex(({ target }) => target === column)),
      select: `SELECT ${[...table.columns.map(sent), note].join(', ')} FROM ${quoteQualified(table.target)} r${join}`,
      columns: table.columns.map(sourceOf),
      readers,
    };
  });
}

/** A row for the file. @throws TransferError `source-refused` for a value that it cannot hold */
export function storedRow({ plan, readers }: ReturningTable, row: readonly (string | null)[]): StoredValue[] {
  const tooLarge = row[readers.length] ?? null;
  if (tooLarge !== null) {
    throw new TransferError(
      'source-refused',
      `PostgreSQL holds a row that is too large to go back (${plan.target.name}, ${keyOf(plan, row)}: ${tooLarge}; ${MAX_READ} at the most, and half as many of bytea); PostgreSQL goes on serving`,
      { next: { step: 'change-or-close' } },
    );
  }
  return readers.map((reader, i) => {
    const value = reader.read(row[i] ?? null);
    if (value !== undefined) return value;
    const column = plan.columns[i] as ColumnPlan;
    const shown = column.secret ? '(hidden)' : row[i]?.slice(0, 40);
    throw unheld(
      `a value of PostgreSQL (${plan.target.name}, ${keyOf(plan, row)}, ${column.target}: ${shown})`,
    );
  });
}

/**
 * Writes rows into the file.
 *
 * @param left what columns that PostgreSQL does not have held of rows that were there
 * @throws TransferError `source-refused` for one that breaks a rule of the file
 */
export function insertRows(
  db: Database,
  table: ReturningTable,
  rows: Iterable<readonly StoredValue[]>,
  left?: LeftValues,
): void {
  const { plan } = table;
  const computed = db
    .prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden > 1')
    .pluck()
    .all(plan.source);
  // What SQLite computes cannot be given; that it comes out equal is for the comparison to say.
  const places = [...table.columns.keys()].filter((i) => !computed.includes(table.columns[i]));
  const prepare = (others: readonly string[], expressions: readonly string[]) => {
    const names = [...places.map((i) => table.columns[i] as string), ...others].map(quoteName);
    const values = [...places.map((i) => table.readers[i]?.parameter ?? '?'), ...expressions];
    return db.prepare(
      `INSERT INTO ${quoteName(plan.source)} (${names.join(', ')}) VALUES (${values.join(', ')})`,
    );
  };
  const insertNew = prepare([], []);
  const insertKnown = left && prepare(left.columns, left.expressions);
  const asGiven = places
    .filter((i) => table.readers[i]?.parameter === '?')
    .map((i) => [i, [table.columns[i] as string, plan.columns[i] as ColumnPlan]] as const);
  const trial = new ColumnTrial(db, plan.source, new Map(asGiven));
  try {
    for (const row of rows) {
      refuseAltered(plan, row, trial);
      try {
        const known = left?.of(row);
        const insert = (known && insertKnown) ?? insertNew;
        insert.run(...places.map((i) => row[i] as StoredValue), ...(known ?? []));
      } catch (error) {
        if (!codeOf(error).startsWith('SQLITE_CONSTRAINT')) throw error;
        throw unheld(
          `a row of PostgreSQL (${plan.target.name}, ${keyOf(plan, row)}: ${(error as Error).message})`,
        );
      }
    }
  } finally {
    trial.close();
  }
}

function refuseAltered(plan: TablePlan, row: readonly StoredValue[], trial: ColumnTrial): void {
  const altered = trial.findAltered(row);
  if (altered === undefined) return;
  const { at, declared, becomes } = altered;
  const { target, secret } = plan.columns[at] as ColumnPlan;
  const value = row[at];
  const what = secret ? '(hidden)' : `${shown(value)}, of which a column ${declared} makes ${shown(becomes)}`;
  const [table, column] = [quoteQualified(plan.target), quoteName(target)];
  throw unheld(
    `a value of PostgreSQL (${plan.target.name}, ${keyOf(plan, row)}, ${target}: ${what})`,
    // It is equal to the other zero, and hard to find.
    Object.is(value, -0) ? ` (UPDATE ${table} SET ${column} = 0 WHERE ${column} = 0)` : '',
  );
}

function shown(value: StoredValue | undefined): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return Object.is(value, -0) ? '-0' : String(value);
}

function keyOf({ identity, columns }: TablePlan, row: readonly unknown[]): string {
  return identity
    .map((at) => `${columns[at]?.target}=${columns[at]?.secret ? '(hidden)' : String(row[at])}`)
    .join(', ');
}

function unheld(what: string, how = ''): TransferError {
  return new TransferError(
    'source-refused',
    `SQLite cannot hold ${what}: fix it there${how}, then run the same command again; PostgreSQL goes on serving.`,
  );
}

/** The source's name of a column. */
function sourceOf(column: ColumnPlan): string {
  if ('column' in column.from && !column.derive) return column.from.column;
  throw new ProgrammingError(`${column.target} does not come from one column of our own format`);
}
