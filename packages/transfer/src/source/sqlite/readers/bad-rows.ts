import type { Database } from 'better-sqlite3';
import { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import type { BadRow, RefusedValue } from '../../../plan/rows.ts';
import type { RowRange } from '../../source.ts';
import { toLocator } from './excluded.ts';
import { locatedRows } from './located-rows.ts';
import { RowEncoder } from './row-encoder.ts';

/** The rows of a range that hold a value which the target cannot: all of them, each with all of its reasons. */
export function badRows(db: Database, range: RowRange): BadRow[] {
  const encoder = new RowEncoder({ db }, range.table, false);
  const out = new CopyWriter();
  const found: BadRow[] = [];
  for (const { row, locator } of locatedRows(db, range, encoder)) {
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
