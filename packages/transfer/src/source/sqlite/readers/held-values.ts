import type { Database, Statement } from 'better-sqlite3';
import type { TablePlan } from '../../../plan/types.ts';
import { quoteName } from '../../../quote.ts';
import type { RowRange } from '../../source.ts';
import { sourceExpression } from '../source-sql.ts';
import type { Budget } from './budget.ts';
import type { Held, HeldTable } from './held-table.ts';

/** In the temporary database of the connection, which has a cache of so many KB. */
const NAME = 'vatevo_held';
const CACHE_KB = 8 * 1024;
/** Rows that are copied between two looks at the clock. */
const ROWS_A_LOOK = 200;

/**
 * Rows of a table some of whose values come from other rows, copied by SQLite itself into a temporary table: the other
 * rows lie anywhere, and their pages are many more than their values are worth.
 */
export class HeldValues {
  /** How the copied rows are read. */
  readonly table: TablePlan;
  readonly #pages: HeldTable;
  readonly #insert: Statement;
  readonly #clear: Statement;
  readonly #source: TablePlan;

  /** @param pages of the rows, which tell how large they are before they are copied */
  constructor(db: Database, table: TablePlan, pages: HeldTable) {
    const names = table.columns.map((_, i) => `c${i}`);
    db.exec(`DROP TABLE IF EXISTS temp.${NAME}`);
    db.exec(`CREATE TEMP TABLE ${NAME} (${['id INTEGER PRIMARY KEY', ...names].join(', ')})`);
    db.pragma(`temp.cache_size = -${CACHE_KB}`);
    const rowid = `t.${quoteName(table.rowid ?? '')}`;
    const values = [rowid, ...table.columns.map((column) => sourceExpression(column))].join(', ');
    this.#insert = db.prepare(
      `INSERT INTO temp.${NAME} SELECT ${values} FROM ${quoteName(table.source)} t WHERE ${rowid} BETWEEN ? AND ?`,
    );
    this.#clear = db.prepare(`DELETE FROM temp.${NAME}`);
    this.#pages = pages;
    this.#source = table;
    this.table = {
      ...table,
      source: NAME,
      rowid: 'id',
      columns: table.columns.map((column, i) => ({ ...column, from: { column: `c${i}` } })),
    };
  }

  clear(): void {
    this.#clear.run();
  }

  /** @returns undefined where not even the first row can be copied */
  hold({ bounds }: RowRange, budget: Budget): Held | undefined {
    if (bounds === undefined) return undefined;
    let kept: Held | undefined;
    let rows = 0;
    const some = {
      take: (bytes: number) => budget.take(bytes),
      row: () => budget.row() && ++rows % ROWS_A_LOOK > 0,
    };
    for (let lowest = bounds.lowest; lowest <= bounds.highest; ) {
      const part = { table: this.#source, bounds: { lowest, highest: bounds.highest } };
      const next = this.#pages.hold(part, some);
      if (next === undefined) return kept;
      this.#insert.run(lowest, next.upTo);
      kept = next;
      if (next.stoppedAt === undefined || !budget.look()) return kept;
      lowest = next.upTo + 1n;
    }
    return kept;
  }
}
