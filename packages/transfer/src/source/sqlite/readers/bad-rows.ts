import type { Database } from 'better-sqlite3';
import { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import type { SqliteValue } from '../../../column-types/types.ts';
import type { BadRow, RefusedValue } from '../../../plan/rows.ts';
import type { RowRange } from '../../source.ts';
import { exactLocators, fromRange } from '../source-sql.ts';
import { toLocator } from './excluded.ts';
import { RowEncoder } from './row-encoder.ts';

/** The rows of a range that hold a value which the target cannot: all of them, each with all of its reasons. */
export function badRows(db: Database, range: RowRange): BadRow[] {
  const encoder = new RowEncoder(db, range.table, false);
  const out = new CopyWriter();
  const found: BadRow[] = [];
  // The same rows in the same order a second time: text arrives decoded, and a key must be found again.
  const from = fromRange(range);
  const exact = db
    .prepare(`SELECT ${exactLocators(range.table).join(', ')} ${from.sql}`)
    .raw()
    .iterate(...from.values) as IterableIterator<SqliteValue[]>;
  for (const row of encoder.select(range)) {
    const locator = exact.next().value as SqliteValue[];
    const accepted = encoder.encode(row, out);
    out.position = 0;
    encoder.alterations.length = 0;
    if (accepted) continue;
    const refusals = encoder.refusals.splice(0);
    nameOnce(refusals, 0);
    found.push({
      locator: toLocator(locator),
      key: refusals[0]?.key ?? '',
      reasons: refusals.map(({ column, reason, value }) => ({ column, reason, value })),
    });
  }
  exact.return?.();
  return found;
}

/** A value that fills two target columns and is refused for both is still one value: the later line goes. */
export function nameOnce(refusals: RefusedValue[], from: number): void {
  if (refusals.length - from < 2) return;
  const seen = new Set<string>();
  const kept = refusals.splice(from).filter(({ column, reason }) => {
    const line = `${column}\0${reason}`;
    return seen.has(line) ? false : seen.add(line);
  });
  refusals.push(...kept);
}
