import { type ColumnPlan, quoteName } from '@vatevo/transfer/plan';
import { canonicalForm } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import { KeptValues } from './kept-values.ts';
import type { ReturningTable } from './table.ts';
import { hasOtherForms, type StoredValue, type ValueReader } from './values.ts';

/** A key as the file holds it, in the order of PostgreSQL's. */
export type StoredKey = readonly StoredValue[];

/**
 * Finds the rows of a file by their keys.
 *
 * A file that rows came from may hold a key in another form than the one in which it goes back: an instant without a
 * zone, a number for a decimal. Such forms are looked for once; whatever is written later is written in one form.
 *
 * What is remembered lies in temporary tables of the connection, so that memory does not grow with the file, and a
 * transaction that is given up takes it back.
 */
export class FileKeys {
  readonly #numbers = new Map<ReturningTable, number>();
  /** What stays of rows that were removed since the transaction began. */
  readonly #left = new Map<ReturningTable, KeptValues>();

  /** Begins a transaction: what stays of the rows is remembered from now on. */
  begin(): void {
    this.#left.clear();
  }

  /** Removes the rows with these keys. The driver must let something be written while it reads. */
  remove(db: Database, table: ReturningTable, keys: Iterable<StoredKey>): void {
    const print = printerOf(table);
    const left = this.#left.get(table) ?? new KeptValues(db, table, print);
    this.#left.set(table, left);
    const others = this.#otherFormsOf(db, table, print);
    // A column's own collation may take one key for another; without it no index would be of use.
    const conditions = columnsOf(table).flatMap((name) => [`${name} = ?`, `${name} = ? COLLATE BINARY`]);
    const where = conditions.join(' AND ');
    const keep = left.columns.length > 0 ? left.keeping(where) : undefined;
    const remove = db.prepare(`DELETE FROM ${quoteName(table.plan.source)} WHERE ${where}`);
    for (const key of keys) {
      const printed = keep || others ? print(key) : '';
      const other = others?.(printed);
      for (const form of other ? [key, other] : [key]) {
        const values = form.flatMap((value) => [value, value]);
        keep?.(printed, values);
        remove.run(...values);
      }
    }
  }

  /** What PostgreSQL does not hold of the rows that were removed since the transaction began. */
  left(table: ReturningTable): KeptValues | undefined {
    return this.#left.get(table);
  }

  /** @returns what finds the other form of a key, where the file may hold any */
  #otherFormsOf(
    db: Database,
    table: ReturningTable,
    print: (key: StoredKey) => string,
  ): ((printed: string) => StoredKey | undefined) | undefined {
    const columns = table.keyPlaces.map((at) => table.plan.columns[at] as ColumnPlan);
    if (!columns.some(hasOtherForms)) return undefined;
    const name = this.#formsOf(table);
    const key = columns.map((_, i) => `k${i}`).join(', ');
    if (db.prepare('SELECT 1 FROM sqlite_temp_schema WHERE name = ?').get(name) === undefined) {
      db.exec(`CREATE TEMP TABLE ${name} (key PRIMARY KEY, ${key})`);
      const put = db.prepare(
        `INSERT OR REPLACE INTO temp.${name} VALUES (?, ${columns.map(() => '?').join(', ')})`,
      );
      eachOtherForm(db, table, columns, (form) => void put.run(print(form), ...form));
    }
    const find = db.prepare(`SELECT ${key} FROM temp.${name} WHERE key = ?`).raw();
    return (printed) => find.get(printed) as StoredKey | undefined;
  }

  #formsOf(table: ReturningTable): string {
    const number = this.#numbers.get(table) ?? this.#numbers.size;
    this.#numbers.set(table, number);
    return `vatevo_cutover_forms_${number}`;
  }
}

/** Visits keys of rows that stand in the file in another form than the one in which they go back. */
function eachOtherForm(
  db: Database,
  table: ReturningTable,
  columns: readonly ColumnPlan[],
  visit: (key: StoredKey) => void,
): void {
  const forms = columns.map(canonicalForm);
  const readers = table.keyPlaces.map((at) => table.readers[at] as ValueReader);
  const rows = db
    .prepare(`SELECT ${columnsOf(table).join(', ')} FROM ${quoteName(table.plan.source)}`)
    .safeIntegers()
    .raw();
  for (const row of rows.iterate() as IterableIterator<StoredKey>) {
    const isOurs = row.every(
      (value, i) =>
        !hasOtherForms(columns[i] as ColumnPlan) || readers[i]?.isOurs(value, forms[i]?.(value) ?? null),
    );
    if (!isOurs) visit(row);
  }
}

function columnsOf({ columns, keyPlaces }: ReturningTable): string[] {
  return keyPlaces.map((at) => quoteName(columns[at] as string));
}

/** The form in which PostgreSQL prints a key, which is the same for all forms of it. */
export function printerOf({ plan, keyPlaces }: ReturningTable): (key: StoredKey) => string {
  const forms = keyPlaces.map((at) => canonicalForm(plan.columns[at] as ColumnPlan));
  return (key) => JSON.stringify(key.map((value, i) => forms[i]?.(value)));
}
