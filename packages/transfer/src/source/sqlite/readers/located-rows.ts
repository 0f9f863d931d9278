import type { Database } from 'better-sqlite3';
import type { SqliteValue } from '../../../column-types/types.ts';
import type { RowRange } from '../../source.ts';
import { exactLocators, selectRange } from '../source-sql.ts';
import type { RowEncoder } from './row-encoder.ts';

/** A row as it is encoded, and its locator as it is stored. */
export interface LocatedRow {
  readonly row: SqliteValue[];
  readonly locator: SqliteValue[];
}

/** Rows of a range with their locators, read a second time in the same order: text arrives decoded, and a key must be found again. */
export function* locatedRows(
  db: Database,
  range: RowRange,
  encoder: RowEncoder,
): Generator<LocatedRow, undefined> {
  const exact = selectRange(db, range, exactLocators(range.table).join(', '));
  try {
    for (const row of encoder.select(range)) yield { row, locator: exact.next().value as SqliteValue[] };
  } finally {
    exact.return?.();
  }
  return undefined;
}
