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
 *
 * What is remembered lies in temporary tables of the connection, so that memory does not grow with the file, and a
 * transaction that is given up takes it back.
 */
export class FileKeys {
  readonly #numbers = new Map<ReturningTable, number>();
  /** Tables from which rows were removed since the transaction began. */
  readonly #begun = new Set<ReturningTable>();

  /** Begins a transaction: what stays of the rows is remembered from now on. */
  begin(): void {
    this.#begun.clear();
  }

  /** Removes the rows with these keys. The driver must let something be written while it reads. */
  remove(db: Database, table: ReturningTable, keys: Iterable<StoredKey>): void {
    const print = printer(table);
    const columns = columnsLeft(db, table);
    const keep = columns.length > 0 ? this.#keeper(db, table, columns) : undefined;
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
      const printed = keep || others ? print(key) : '';
      const other = others?.(printed);
      for (const form of other ? [key, other] : [key]) {
        const removed = remove.all(...form.flatMap((value) => [value, value])) as StoredValue[][];
        for (const values of removed) keep?.(printed, values);
      }
    }
  }

  /** What PostgreSQL does not hold of the rows that were removed since the transaction began. */
  left(db: Database, table: ReturningTable): LeftValues | undefined {
    const columns = columnsLeft(db, table);
    if (columns.length === 0 || !this.#begun.has(table)) return undefined;
    const print = printer(table);
    const values = columns.map((_, i) => `v${i}`).join(', ');
    const find = db.prepare(`SELECT ${values} FROM temp.${this.#name('kept', table)} WHERE key = ?`).raw();
    return {
      columns,
      of: (row) =>
        find.get(print(table.keyPlaces.map((at) => row[at] as StoredValue))) as StoredValue[] | undefined,
    };
  }

  /** @returns what keeps values of a row under its printed key */
  #keeper(
    db: Database,
    table: ReturningTable,
    columns: readonly string[],
  ): (printed: string, values: readonly StoredValue[]) => void {
    const name = this.#name('kept', table);
    if (!this.#begun.has(table)) {
      this.#begun.add(table);
      db.exec(`DROP TABLE IF EXISTS temp.${name}`);
      db.exec(`CREATE TEMP TABLE ${name} (key PRIMARY KEY, ${columns.map((_, i) => `v${i}`).join(', ')})`);
    }
    const put = db.prepare(
      `INSERT OR REPLACE INTO temp.${name} VALUES (?, ${columns.map(() => '?').join(', ')})`,
    );
    return (printed, values) => void put.run(printed, ...values);
  }

  /** @returns what finds the other form of a key, where the file may hold any */
  #otherFormsOf(
    db: Database,
    table: ReturningTable,
    print: (key: StoredKey) => string,
  ): ((printed: string) => StoredKey | undefined) | undefined {
    const columns = table.keyPlaces.map((at) => table.plan.columns[at] as ColumnPlan);
    if (!columns.some(hasOtherForms)) return undefined;
    const name = this.#name('forms', table);
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

  #name(what: 'kept' | 'forms', table: ReturningTable): string {
    const number = this.#numbers.get(table) ?? this.#numbers.size;
    this.#numbers.set(table, number);
    return `vatevo_cutover_${what}_${number}`;
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
