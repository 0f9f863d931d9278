import type { BadRow, Locator } from '../plan/rows.ts';
import { sourceName, type TablePlan } from '../plan/types.ts';
import type { RowRange, SourceView } from '../source/source.ts';
import type { Probe } from '../target/target.ts';

/** The list of a reader's connection that names the rows to describe. */
const BROKEN = 'vatevo_broken';

/** Adds the rows of a range whose values the target can hold. @returns where they are found in the source */
export async function fillProbe(
  probe: Probe,
  view: SourceView,
  range: RowRange,
): Promise<readonly Locator[]> {
  const { data, locators } = await view.runOnce({ kind: 'probe', range });
  await probe.add(data);
  return locators;
}

/** Tells of rows that break a rule, by the columns that it reads. */
export async function describeBroken(
  view: SourceView,
  table: TablePlan,
  locators: readonly Locator[],
  rule: { readonly columns: readonly string[]; readonly reason: string },
): Promise<readonly BadRow[]> {
  if (locators.length === 0) return [];
  const columns = rule.columns.flatMap((name) => table.columns.find(({ target }) => target === name) ?? []);
  return view.runOnce({
    kind: 'describe',
    table: { ...table, excluded: BROKEN },
    locators,
    column: columns.map(sourceName).join(', '),
    columns,
    reason: rule.reason,
    secret: columns.some((column) => column.secret),
  });
}

/** The table with those of its columns alone that a rule reads; undefined when the server fills one of them. */
export function probedTable(table: TablePlan, names: readonly string[]): TablePlan | undefined {
  const columns = table.columns.filter(({ target, generated }) => names.includes(target) && !generated);
  return columns.length === new Set(names).size ? { ...table, columns } : undefined;
}
