import type { Database } from 'better-sqlite3';
import type { TablePlan } from '../../../plan/types.ts';
import type { RowRange } from '../../source.ts';
import type { HeldPages } from '../pages/held-pages.ts';
import { TableCursor } from '../pages/table-cursor.ts';
import type { Budget } from './budget.ts';
import { findPlace } from './quick-column.ts';

/** Bytes of a record that is too large to be kept. */
export const LARGEST_HELD: number = 1 << 20;
/** Bytes of pages that are kept at the most: rows may lie far apart. */
const MAX_BYTES = 16 << 20;

/** What was kept of a range: the rows up to one, and whether that is not all of it. */
export interface Held {
  readonly upTo: bigint;
  readonly stoppedAt?: bigint | undefined;
}

/** Goes through the rows of a table, so that all pages are kept which whoever reads them later comes to. */
export class HeldTable {
  readonly root: number;
  readonly #pages: HeldPages;
  readonly #cursor: TableCursor;

  private constructor(pages: HeldPages, root: number) {
    this.root = root;
    this.#pages = pages;
    this.#cursor = new TableCursor(pages, root, LARGEST_HELD);
  }

  /** @returns undefined where it is not known which pages SQLite would read */
  static open(db: Database, table: TablePlan, pages: HeldPages): HeldTable | undefined {
    if (table.excluded !== undefined) return undefined;
    const place = findPlace(db, table.source, table.rowid);
    return place && new HeldTable(pages, place.root);
  }

  /** @returns undefined where not even the first row can be kept */
  hold({ bounds }: RowRange, budget: Pick<Budget, 'take' | 'row'>): Held | undefined {
    const lowest = Number(bounds?.lowest);
    const highest = Number(bounds?.highest);
    if (!Number.isSafeInteger(lowest) || !Number.isSafeInteger(highest)) return undefined;
    const cursor = this.#cursor;
    let last: number | undefined;
    cursor.seek(lowest);
    while (cursor.next() && cursor.rowid <= highest) {
      if (cursor.size > LARGEST_HELD) return last === undefined ? undefined : stopped(last);
      last = cursor.rowid;
      budget.take(cursor.size);
      if (budget.row() && this.#pages.bytes < MAX_BYTES) continue;
      // Who reads up to this row looks where the next one lies.
      cursor.next();
      return stopped(last);
    }
    return { upTo: BigInt(highest) };
  }
}

function stopped(rowid: number): Held {
  const upTo = BigInt(rowid);
  return { upTo, stoppedAt: upTo };
}
