import type { Database } from 'better-sqlite3';
import { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import type { SqliteValue } from '../../../column-types/types.ts';
import type { Locator } from '../../../plan/rows.ts';
import type { ProbeResult, RowRange } from '../../source.ts';
import { exactLocators, fromRange } from '../source-sql.ts';
import { toLocator } from './excluded.ts';
import { RowEncoder } from './row-encoder.ts';

/** The rows of a range that can be encoded, in COPY form and in their order; those that cannot are passed over. */
export function probe(db: Database, range: RowRange): ProbeResult {
  const encoder = new RowEncoder(db, range.table, false);
  const out = new CopyWriter();
  const locators: Locator[] = [];
  const from = fromRange(range);
  const exact = db
    .prepare(`SELECT ${exactLocators(range.table).join(', ')} ${from.sql}`)
    .raw()
    .iterate(...from.values) as IterableIterator<SqliteValue[]>;
  for (const row of encoder.select(range)) {
    const locator = exact.next().value as SqliteValue[];
    if (encoder.encode(row, out)) locators.push(toLocator(locator));
    encoder.refusals.length = 0;
    encoder.alterations.length = 0;
  }
  exact.return?.();
  return { data: out.take(), locators };
}
