import { TransferError } from '../errors.ts';
import { saysSecret } from '../source/evidence.ts';
import type { PointedRows, SourceView } from '../source/source.ts';
import type { Digests } from '../target/target.ts';
import { compareTable, MAX_SHOWN, showDifferences } from './compare.ts';
import type { Difference } from './differences.ts';

/** Rows that the target has under the keys of rows that stay in the source, and that are others there. */
export interface OtherRows {
  /** The target's table. */
  readonly table: string;
  /** What points to them: `table.column` of the source. */
  readonly by: readonly string[];
  /** Values of some of them that differ. */
  readonly differences: readonly [Difference, ...Difference[]];
}

/**
 * Compares the rows of the source that others point to and that do not come along with those that the target has in
 * their place. A row that the target lacks is left to its own rules.
 */
export async function findOtherRows(
  view: SourceView,
  digests: Digests,
  pointed: readonly PointedRows[],
): Promise<OtherRows[]> {
  const found: OtherRows[] = [];
  for (const { table, by, condition } of pointed) {
    const [first, ...others] = await view.withReader(async (reader) => {
      const { differing } = await compareTable(reader, digests, { table, where: condition });
      for (let from = 0; from < differing.length; from += MAX_SHOWN) {
        const shown = await showDifferences(reader, digests, differing.slice(from, from + MAX_SHOWN));
        const changed = shown.filter(({ kind }) => kind === 'changed');
        if (changed.length > 0) return changed;
      }
      return [];
    });
    if (first !== undefined) found.push({ table: table.target.name, by, differences: [first, ...others] });
  }
  return found;
}

/** @throws TransferError `target-unfit` where rows would point to others than they do in the source */
export async function refuseOtherRows(
  view: SourceView,
  digests: Digests,
  pointed: readonly PointedRows[],
): Promise<void> {
  const found = await findOtherRows(view, digests, pointed);
  if (found.length === 0) return;
  throw new TransferError(
    'target-unfit',
    `Rows would point to others than they do in the source: ${found.map(sayOtherRows).join('; ')}.`,
  );
}

/** What is wrong and what can be done, as a clause. */
function sayOtherRows(others: OtherRows): string {
  const columns = JSON.stringify(differingColumns(others));
  return `${describeOtherRows(others)}; let the rows of the source come ("seeded": "replace", or none in the target), or, if a row is the same all the same, say that what differs does not matter ("ignoreTarget": ${columns})`;
}

/** How they differ, as a clause. */
export function describeOtherRows({ table, by, differences }: OtherRows): string {
  const { key, column = '', expected, actual } = differences.find(isShown) ?? differences[0];
  const is = isShown({ column })
    ? `where ${key} has the ${column} ${shown(actual)}, and ${shown(expected)} in the source`
    : `where ${key} has another ${column} than in the source`;
  const more = new Set(differences.map((difference) => difference.key)).size - 1;
  return `${by.join(' and ')} will point to rows of ${table} that stay in the target, ${is}${more > 0 ? ` (${more} more of these rows differ)` : ''}`;
}

function isShown({ column = '' }: Pick<Difference, 'column'>): boolean {
  return !saysSecret(column);
}

/** As `table.column`. */
export function differingColumns({ table, differences }: Pick<OtherRows, 'table' | 'differences'>): string[] {
  return [...new Set(differences.map(({ column }) => `${table}.${column}`))];
}

function shown(value: string | null | undefined): string {
  return value === null || value === undefined ? 'NULL' : JSON.stringify(value);
}
