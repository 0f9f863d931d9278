import type { Database } from 'better-sqlite3';
import { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import type { Locator } from '../../../plan/rows.ts';
import type { ProbeResult, RowRange } from '../../source.ts';
import { toLocator } from './excluded.ts';
import { locatedRows } from './located-rows.ts';
import { RowEncoder } from './row-encoder.ts';

/** The rows of a range that can be encoded, in COPY form and in their order; those that cannot are passed over. */
export function probe(db: Database, range: RowRange): ProbeResult {
  const encoder = new RowEncoder({ db }, range.table, false);
  const out = new CopyWriter();
  const locators: Locator[] = [];
  for (const { row, locator } of locatedRows(db, range, encoder)) {
    if (encoder.encode(row, out)) locators.push(toLocator(locator));
    encoder.refusals.length = 0;
    encoder.alterations.length = 0;
  }
  return { data: out.take(), locators };
}
