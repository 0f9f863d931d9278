import type { ColumnPlan } from '@vatevo/transfer/plan';
import { type Affinity, affinityOf, canonicalForm } from '@vatevo/transfer/sqlite';
import BetterSqlite3, { type Database, type Statement } from 'better-sqlite3';
import type { StoredValue } from './values.ts';

/** A value of which the file would make another one. */
interface Altered {
  /** Its place in the row. */
  readonly at: number;
  readonly declared: string;
  readonly becomes: StoredValue;
}

/** Tries with SQLite itself what the columns of a table make of values, where that may be another value for PostgreSQL. */
export class ColumnTrial {
  readonly #columns: readonly {
    readonly at: number;
    readonly declared: string;
    readonly affinity: Affinity;
    readonly print: ReturnType<typeof canonicalForm>;
  }[];
  #db: Database | undefined;
  readonly #trials = new Map<Affinity, { readonly write: Statement; readonly read: Statement }>();

  /** @param columns by their places in a row: those that are written as they are given */
  constructor(
    db: Database,
    table: string,
    columns: ReadonlyMap<number, readonly [name: string, ColumnPlan]>,
  ) {
    const isStrict = db.prepare('SELECT strict FROM pragma_table_list(?)').pluck().safeIntegers(false);
    const strict = isStrict.get(table) === 1;
    const types = new Map(
      db.prepare('SELECT name, type FROM pragma_table_xinfo(?)').raw().all(table) as [string, string][],
    );
    this.#columns = [...columns].flatMap(([at, [name, column]]) => {
      const declared = types.get(name) ?? '';
      const affinity = strict && declared.toUpperCase() === 'ANY' ? 'BLOB' : affinityOf(declared);
      return affinity === 'BLOB' ? [] : [{ at, declared, affinity, print: canonicalForm(column) }];
    });
  }

  /** The first value of a row of which its column makes what is another one in PostgreSQL. */
  findAltered(row: readonly StoredValue[]): Altered | undefined {
    for (const { at, declared, affinity, print } of this.#columns) {
      const value = row[at] as StoredValue;
      if (!mayAlter(affinity, value)) continue;
      const becomes = this.#store(affinity, value);
      if (print(becomes) !== print(value)) return { at, declared, becomes };
    }
    return undefined;
  }

  close(): void {
    this.#db?.close();
  }

  #store(affinity: Affinity, value: StoredValue): StoredValue {
    this.#db ??= new BetterSqlite3(':memory:').defaultSafeIntegers(true);
    let trial = this.#trials.get(affinity);
    if (trial === undefined) {
      const table = `trial_${affinity}`;
      this.#db.exec(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, value ${affinity})`);
      trial = {
        write: this.#db.prepare(`REPLACE INTO ${table} VALUES (1, ?)`),
        read: this.#db.prepare(`SELECT value FROM ${table}`).pluck(),
      };
      this.#trials.set(affinity, trial);
    }
    trial.write.run(value);
    return trial.read.get() as StoredValue;
  }
}

/** Whether another value may be stored than was given: numbers become texts, texts numbers, and a zero loses its sign. */
function mayAlter(affinity: Affinity, value: StoredValue): boolean {
  if (typeof value === 'number') return affinity === 'TEXT' || Object.is(value, -0);
  if (typeof value === 'bigint') return affinity === 'TEXT' || affinity === 'REAL';
  return typeof value === 'string' && affinity !== 'TEXT' && /^\s*[-+.\d]/.test(value);
}
