import { codeOf, TransferError } from '@vatevo/transfer';
import { quoteName } from '@vatevo/transfer/plan';
import type { Database, Statement } from 'better-sqlite3';
import { PREFIX } from '../file/names.ts';
import type { ReturningTable } from './table.ts';
import type { LeftValues, StoredValue } from './values.ts';

/** A function of SQLite, on one connection: the printed form of a key. */
const PRINTED = `${PREFIX}_printed`;

/**
 * What columns hold that nothing of PostgreSQL goes back to, of rows that are removed and written anew.
 *
 * It lies in a temporary table of the file's connection, by the printed form of the key: SQLite's own values, of which
 * none passes through another language, and which need no memory.
 */
export class KeptValues implements LeftValues {
  readonly columns: readonly string[];
  readonly #db: Database;
  readonly #source: string;
  readonly #kept: string;
  readonly #keyColumns: readonly string[];
  readonly #print: (row: readonly StoredValue[]) => string;
  readonly #find: Statement | undefined;

  /** @param print the printed form of a key, from its values in the order of PostgreSQL's */
  constructor(db: Database, table: ReturningTable, print: (key: readonly StoredValue[]) => string) {
    this.columns = columnsLeft(db, table);
    this.#db = db;
    this.#source = quoteName(table.plan.source);
    this.#kept = `temp.${quoteName(`${PREFIX}_kept_${table.plan.source}`)}`;
    this.#keyColumns = table.keyPlaces.map((at) => quoteName(table.columns[at] as string));
    this.#print = (row) => print(table.keyPlaces.map((at) => row[at] as StoredValue));
    if (this.columns.length === 0) return;
    // Without types: no value becomes another one.
    const columns = this.columns.map((_, i) => `c${i}`).join(', ');
    db.exec(
      `DROP TABLE IF EXISTS ${this.#kept}; CREATE TABLE ${this.#kept} (k PRIMARY KEY, ${columns}) WITHOUT ROWID`,
    );
    db.function(PRINTED, { varargs: true, safeIntegers: true }, (...key: unknown[]) =>
      print(key as StoredValue[]),
    );
    this.#find = db.prepare(`SELECT 1 FROM ${this.#kept} WHERE k = ?`);
  }

  /** Keeps the values of all rows. */
  keepAll(): void {
    if (this.columns.length === 0) return;
    const keyed = this.#keyColumns.map((name) => `${name} IS NOT NULL`);
    this.#keep(`${PRINTED}(${this.#keyColumns.join(', ')})`, keyed.join(' AND '))();
  }

  /** What keeps the values of the rows that a condition is true of. @param values what its `?` stand for */
  keeping(where: string): (printed: string, values: readonly StoredValue[]) => void {
    if (this.columns.length === 0) return () => undefined;
    const keep = this.#keep('?', where);
    return (printed, values) => keep(printed, ...values);
  }

  #keep(key: string, where: string): (...values: readonly StoredValue[]) => void {
    const statement = this.#db.prepare(
      `INSERT INTO ${this.#kept} SELECT ${[key, ...this.columns.map(quoteName)].join(', ')} FROM ${this.#source} WHERE ${where}`,
    );
    return (...values) => {
      try {
        statement.run(...values);
      } catch (error) {
        if (!codeOf(error).startsWith('SQLITE_CONSTRAINT')) throw error;
        throw new TransferError(
          'source-refused',
          `Several rows of ${this.#source} in the file have one key of PostgreSQL (${this.#keyColumns.join(', ')}), so what they hold in ${this.columns.join(', ')} belongs to none of them: fix the key there, then run the same command again; PostgreSQL goes on serving.`,
          { cause: error },
        );
      }
    };
  }

  /**
   * Gives what is kept to the rows by the keys that they have now.
   *
   * @param changes printed keys, before and after, in the order in which the rows had them
   */
  follow(changes: Iterable<readonly StoredValue[]>): void {
    if (this.columns.length === 0) return;
    // Whose key another row has taken is gone.
    const forget = this.#db.prepare(`DELETE FROM ${this.#kept} WHERE k = ?`);
    const rename = this.#db.prepare(`UPDATE ${this.#kept} SET k = ? WHERE k = ?`);
    for (const [was, key] of changes) {
      forget.run(key);
      rename.run(key, was);
    }
  }

  /** SQL of each column's value for a row, with a parameter for its key. */
  get expressions(): readonly string[] {
    return this.columns.map((_, i) => `(SELECT c${i} FROM ${this.#kept} WHERE k = ?)`);
  }

  /** What the expressions are given for a row; undefined for one that was not there. */
  of(row: readonly StoredValue[]): readonly string[] | undefined {
    if (this.#find === undefined) return undefined;
    const printed = this.#print(row);
    return this.#find.get(printed) === undefined ? undefined : this.columns.map(() => printed);
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
