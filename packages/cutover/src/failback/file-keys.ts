import { type ColumnPlan, quoteName } from '@vatevo/transfer/plan';
import { canonicalForm } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import type { ReturningTable } from './table.ts';
import { hasOtherForms, type LeftValues, type StoredValue, type ValueReader } from './values.ts';

/** A key as the file holds it, in the order of PostgreSQL's. */
export type StoredKey = readonly StoredValue[];

/**
 * Finds the rows of a file by their keys.
 *
 * A file that rows came from may hold a key in another form than the one in which it goes back: an instant without a
 * zone, a number for a decimal. Such forms are looked for once; whatever is written later is written in one form.
 */
export class FileKeys {
  /** By table: what stands in the file, by the printed form of the key. */
  readonly #otherForms = new Map<ReturningTable, ReadonlyMap<string, StoredKey>>();

  /** Removes the rows with these keys. @returns what PostgreSQL does not hold of them */
  remove(db: Database, table: ReturningTable, keys: readonly StoredKey[]): LeftValues {
    const print = printer(table);
    const columns = columnsLeft(db, table);
    const left = new Map<string, readonly StoredValue[]>();
    const found: LeftValues = {
      columns,
      of: (row) => left.get(print(table.keyPlaces.map((at) => row[at] as StoredValue))),
    };
    if (keys.length === 0) return found;
    const others = this.#otherFormsOf(db, table, print);
    // A column's own collation may take one key for another; without it no index would be of use.
    const where = columnsOf(table).flatMap((name) => [`${name} = ?`, `${name} = ? COLLATE BINARY`]);
    const returning = columns.length === 0 ? 'NULL' : columns.map(quoteName).join(', ');
    const remove = db
      .prepare(
        `DELETE FROM ${quoteName(table.plan.source)} WHERE ${where.join(' AND ')} RETURNING ${returning}`,
      )
      .raw();
    for (const key of keys) {
      const printed = print(key);
      const other = others.get(printed);
      for (const form of other ? [key, other] : [key]) {
        const removed = remove.all(...form.flatMap((value) => [value, value])) as StoredValue[][];
        if (columns.length > 0) for (const values of removed) left.set(printed, values);
      }
    }
    return found;
  }

  #otherFormsOf(
    db: Database,
    table: ReturningTable,
    print: (key: StoredKey) => string,
  ): ReadonlyMap<string, StoredKey> {
    const known = this.#otherForms.get(table);
    if (known) return known;
    const found = new Map<string, StoredKey>();
    const columns = table.keyPlaces.map((at) => table.plan.columns[at] as ColumnPlan);
    if (columns.some(hasOtherForms)) {
      const rows = db
        .prepare(`SELECT ${columnsOf(table).join(', ')} FROM ${quoteName(table.plan.source)}`)
        .safeIntegers()
        .raw()
        .iterate() as IterableIterator<StoredKey>;
      const forms = columns.map(canonicalForm);
      const readers = table.keyPlaces.map((at) => table.readers[at] as ValueReader);
      for (const row of rows) {
        const isOurs = row.every(
          (value, i) =>
            !hasOtherForms(columns[i] as ColumnPlan) || readers[i]?.isOurs(value, forms[i]?.(value) ?? null),
        );
        if (!isOurs) found.set(print(row), row);
      }
    }
    this.#otherForms.set(table, found);
    return found;
  }
}

/** Columns of the file that nothing of PostgreSQL goes back to. */
function columnsLeft(db: Database, { plan, columns }: ReturningTable): string[] {
  const names = db
    .prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0')
    .pluck()
    .all(plan.source);
  return (names as string[]).filter((name) => !columns.includes(name));
}

function columnsOf({ columns, keyPlaces }: ReturningTable): string[] {
  return keyPlaces.map((at) => quoteName(columns[at] as string));
}

/** The form in which PostgreSQL prints a key, which is the same for all forms of it. */
function printer({ plan, keyPlaces }: ReturningTable): (key: StoredKey) => string {
  const forms = keyPlaces.map((at) => canonicalForm(plan.columns[at] as ColumnPlan));
  return (key) => JSON.stringify(key.map((value, i) => forms[i]?.(value)));
}
