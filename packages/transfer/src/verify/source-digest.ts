import type { Database } from 'better-sqlite3';
import type { TablePlan } from '../plan/types.ts';
import type { DigestResult, RowRange } from '../readers/protocol.ts';
import { RowDigest } from './row-digest.ts';
import { type CanonicalRow, NeedsStrictReading, quickRows, strictRows } from './source-rows.ts';

/** Digests what the target must hold for the rows of a range, from the raw storage of the source. */
export function digestRange(db: Database, range: RowRange): DigestResult {
  try {
    return digestRows(quickRows(db, range));
  } catch (error) {
    if (error instanceof NeedsStrictReading) return digestRows(strictRows(db, range));
    throw error;
  }
}

function digestRows(found: Iterable<CanonicalRow>): DigestResult {
  const digest = new RowDigest();
  let rows = 0;
  for (const row of found) {
    digest.add(row);
    rows++;
  }
  return { rows, sums: digest.sums };
}

/** Identity and digest of each row of a range. */
export function rowDigests(db: Database, range: RowRange): [string, string][] {
  const digest = new RowDigest();
  return Array.from(strictRows(db, range), (row) => {
    const hex = digest.of(row);
    return [identityOf(range.table, row, hex), hex];
  });
}

/** The canonical values of the rows with these identities, for showing. */
export function rowValues(
  db: Database,
  range: RowRange,
  identities: ReadonlySet<string>,
): Map<string, CanonicalRow> {
  const found = new Map<string, CanonicalRow>();
  for (const row of strictRows(db, range)) {
    const identity = identityOf(range.table, row, '');
    if (identities.has(identity)) found.set(identity, row);
  }
  return found;
}

/** What tells a row from others, in a form that is the same on both sides; its digest when nothing does. */
export function identityOf(table: TablePlan, row: CanonicalRow, digest: string): string {
  if (table.identity.length === 0) return digest;
  return table.identity.map((index) => `${table.columns[index]?.target}=${row[index]}`).join(', ');
}
