import type { Database } from 'better-sqlite3';
import { identityOf } from '../../../plan/identity.ts';
import type { DigestResult, RowRange } from '../../source.ts';
import type { Turn } from '../readers/turn.ts';
import { canonicalForm, type ReadValue } from './canonical.ts';
import { DigestSum } from './digest-sum.ts';
import { RowDigester } from './row-digester.ts';
import { NeedsStrictReading, strictRows, visitQuickRows } from './source-rows.ts';

/** A row as the values that the target must print. */
type CanonicalRow = readonly (string | null)[];

/** Digests what the target must hold for the rows of a range, from the raw storage of the source. */
export function digestRange(db: Database, range: RowRange, turn?: Turn): DigestResult {
  const digester = new RowDigester(range.table);
  try {
    return digestRows(digester, (visit) => visitQuickRows(db, range, visit, turn));
  } catch (error) {
    if (!(error instanceof NeedsStrictReading)) throw error;
    digester.bytes = 0;
    return digestRows(digester, (visit) => {
      for (const row of strictRows(db, range)) visit(row);
    });
  }
}

function digestRows(
  digester: RowDigester,
  read: (visit: (row: readonly ReadValue[]) => void) => void,
): DigestResult {
  const sum = new DigestSum();
  read((row) => sum.add(digester.digest(row)));
  return { rows: sum.rows, bytes: digester.bytes, sums: sum.sums };
}

/** Identity and digest (in hex) of each row of a range. */
export function rowDigests(db: Database, range: RowRange): [string, string][] {
  const { table } = range;
  const digester = new RowDigester(table);
  const forms = table.columns.map(canonicalForm);
  const pairs: [string, string][] = [];
  for (const row of strictRows(db, range)) {
    const hex = Buffer.from(digester.digest(row), 'latin1').toString('hex');
    pairs.push([identityOf(table, (column) => forms[column]?.(row[column] as ReadValue), hex), hex]);
  }
  return pairs;
}

/** The canonical values of the rows with these identities, for showing. */
export function rowValues(
  db: Database,
  range: RowRange,
  identities: ReadonlySet<string>,
): Map<string, CanonicalRow> {
  const { table } = range;
  const digester = new RowDigester(table);
  const forms = table.columns.map(canonicalForm);
  const found = new Map<string, CanonicalRow>();
  for (const row of strictRows(db, range)) {
    const hex = table.identity.length > 0 ? '' : Buffer.from(digester.digest(row), 'latin1').toString('hex');
    const identity = identityOf(table, (column) => forms[column]?.(row[column] as ReadValue), hex);
    if (identities.has(identity))
      found.set(
        identity,
        forms.map((form, i) => form(row[i] as ReadValue)),
      );
  }
  return found;
}
