import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_HEADER, COPY_TRAILER } from '../column-types/encode/copy-writer.ts';
import type { BadRow, Locator } from '../plan/rows.ts';
import { sourceName, type TablePlan } from '../plan/types.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import type { RowRange, SourceView } from '../source/source.ts';
import { sourceExpression } from '../source/sqlite/source-sql.ts';

/** A temporary table of columns that a rule of the server reads, so that the server itself can try it. */
export const PROBE = 'vatevo_probe';
/** Its column that counts the rows, from 1. */
export const PLACE = 'vatevo_place';
/** The list of a reader's connection that names the rows to describe. */
const BROKEN = 'vatevo_broken';

/** Works with a new probe table, in a transaction that leaves nothing behind. */
export async function withProbeTable<Result>(
  client: Client,
  { columns, target }: TablePlan,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query('BEGIN');
  try {
    await client.query(
      `CREATE TEMP TABLE ${PROBE} ON COMMIT DROP AS SELECT ${namesOf(columns)} FROM ${quoteQualified(target)} WITH NO DATA;
       ALTER TABLE ${PROBE} ADD ${PLACE} bigint GENERATED ALWAYS AS IDENTITY`,
    );
    return await work();
  } finally {
    // The connection may be gone with its transaction: then the reason is what went wrong before.
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

/** Loads the rows of a range whose values the target can hold. @returns where they are found in the source */
export async function fillProbeTable(
  client: Client,
  view: SourceView,
  range: RowRange,
): Promise<readonly Locator[]> {
  const { data, locators } = await view.runOnce({ kind: 'probe', range });
  const copy = `COPY ${PROBE} (${namesOf(range.table.columns)}) FROM STDIN (FORMAT binary)`;
  await pipeline(Readable.from([COPY_HEADER, data, COPY_TRAILER]), client.query(copyFrom(copy)));
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
    table: { ...table, leftOut: BROKEN },
    locators,
    column: columns.map(sourceName).join(', '),
    values: columns.map((column) => sourceExpression(column)),
    reason: rule.reason,
    secret: columns.some((column) => column.secret),
  });
}

/** The table with those of its columns alone that a rule reads; undefined when the server fills one of them. */
export function probedTable(table: TablePlan, names: readonly string[]): TablePlan | undefined {
  const columns = table.columns.filter(({ target, generated }) => names.includes(target) && !generated);
  return columns.length === new Set(names).size ? { ...table, columns } : undefined;
}

function namesOf(columns: TablePlan['columns']): string {
  return columns.map(({ target }) => quoteName(target)).join(', ');
}
