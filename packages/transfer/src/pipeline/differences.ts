import { identityOf } from '../plan/identity.ts';
import type { TablePlan } from '../plan/types.ts';
import type { PlannedTable, SourceView } from '../source/source.ts';
import type { Digests } from '../target/target.ts';
import { findSuspects, type Suspects } from './suspects.ts';

/** One row, or one value of it, that is not the same in both databases. */
export interface Difference {
  readonly table: string;
  /** The row, e.g. `id=7`; its digest in a table without a key. */
  readonly key: string;
  readonly kind: 'missing' | 'unexpected' | 'duplicate' | 'changed';
  /** Of a changed value: the target's column and both values, `(hidden)` when secret. */
  readonly column?: string;
  readonly expected?: string | null;
  readonly actual?: string | null;
}

/** Differences that are listed for a table at the most. */
const MAX_DIFFERENCES = 1_000;

/** Finds the rows and values by which a table differs. Only called for one that does. */
export async function findDifferences(
  view: SourceView,
  digests: Digests,
  { table, extent }: PlannedTable,
): Promise<Difference[]> {
  const suspects = await findSuspects(view, digests, table, view.cut([{ table, extent }]));
  const { ranges, suspected } = suspects;
  const expected = new Map<string, string[]>();
  await view.runAll(ranges, async (range, reader) => {
    for (const [identity, digest] of await reader.run({ kind: 'row-digests', range })) {
      const known = expected.get(identity);
      if (known) known.push(digest);
      else expected.set(identity, [digest]);
    }
  });

  const differences: Difference[] = [];
  const changed = new Set<string>();
  const note = (key: string, kind: Difference['kind']) =>
    differences.push({ table: table.target.name, key: shownKey(table, key), kind });
  await digests.eachRow(table, suspected, (digest, values) => {
    const identity = identityOf(table, (column) => values[column], digest);
    const candidates = expected.get(identity);
    const at = candidates?.indexOf(digest) ?? -1;
    if (candidates === undefined) note(identity, 'unexpected');
    else if (at >= 0) candidates.splice(at, 1);
    else if (candidates.length > 0) {
      candidates.pop();
      changed.add(identity);
    } else note(identity, 'duplicate');
  });
  for (const [identity, left] of expected) for (const _ of left) note(identity, 'missing');

  const shown = new Set([...changed].slice(0, MAX_DIFFERENCES));
  if (shown.size > 0) differences.push(...(await compareValues(view, digests, table, suspects, shown)));
  return differences.slice(0, MAX_DIFFERENCES);
}

async function compareValues(
  view: SourceView,
  digests: Digests,
  table: TablePlan,
  { ranges, suspected }: Suspects,
  identities: ReadonlySet<string>,
): Promise<Difference[]> {
  const expected = new Map<string, readonly (string | null)[]>();
  await view.runAll(ranges, async (range, reader) => {
    const found = await reader.run({ kind: 'row-values', range, identities });
    for (const [identity, values] of found) expected.set(identity, values);
  });
  const differences: Difference[] = [];
  await digests.eachRow(table, suspected, (digest, actual) => {
    const identity = identityOf(table, (column) => actual[column], digest);
    const values = expected.get(identity);
    if (values !== undefined) differences.push(...differencesOfRow(table, identity, values, actual));
  });
  return differences;
}

/** How a row differs: only one side has it, or some of its values are others. */
export function differencesOfRow(
  table: TablePlan,
  identity: string,
  expected: readonly (string | null)[] | undefined,
  actual: readonly (string | null)[] | undefined,
): Difference[] {
  const row = { table: table.target.name, key: shownKey(table, identity) };
  if (!expected || !actual)
    return expected || actual ? [{ ...row, kind: actual ? 'unexpected' : 'missing' }] : [];
  return table.columns.flatMap((column, i): Difference[] => {
    if (expected[i] === actual[i]) return [];
    const show = (value: string | null | undefined) => (column.secret ? '(hidden)' : (value ?? null));
    return [
      {
        ...row,
        kind: 'changed',
        column: column.target,
        expected: show(expected[i]),
        actual: show(actual[i]),
      },
    ];
  });
}

/** What tells rows apart may itself be a secret. */
function shownKey(table: TablePlan, identity: string): string {
  return table.identity.some((index) => table.columns[index]?.secret) ? '(hidden)' : identity;
}
