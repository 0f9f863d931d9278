import { isSqlState } from '@vatevo/connection';
import type { Client } from 'pg';
import type { RefusedValue } from '../../plan/rows.ts';
import { showValue } from '../../plan/show.ts';
import { type ColumnPlan, copiedColumns, sourceName, type TablePlan } from '../../plan/types.ts';
import { quoteName } from '../../quote.ts';
import { brokenRule } from './broken-rule.ts';

/** What PostgreSQL says of an error, as far as it does. */
export interface ServerError {
  readonly code?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  /** A domain. */
  readonly dataType?: string;
}

/** What a rule is about: the columns that a constraint or an index depends on, those in its expressions, too. */
export async function columnsOf(
  client: Client,
  of: TablePlan,
  { schema, table, column, constraint, dataType }: ServerError,
): Promise<string[]> {
  if (column !== undefined) return [column];
  if (dataType !== undefined) {
    const isOfDomain = ({ type }: ColumnPlan) => type.base !== undefined && type.sql.endsWith(dataType);
    return of.columns.filter(isOfDomain).map(({ target }) => target);
  }
  const { rows } = await client.query<{ name: string }>(
    `SELECT a.attname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     WHERE n.nspname = $1 AND c.relname = $2 AND EXISTS (
       SELECT FROM pg_depend d WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
         AND (d.classid, d.objid) IN (
           SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k WHERE k.conrelid = c.oid AND k.conname = $3
           UNION ALL
           SELECT 'pg_class'::regclass, i.oid FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
           WHERE x.indrelid = c.oid AND i.relname = $3))
     ORDER BY a.attnum`,
    [schema, table, constraint],
  );
  return rows.map(({ name }) => name);
}

/** The first of some rows `r`, as a refused value. @param columns of the target that the reason is about */
export async function nameRow(
  client: Client,
  table: TablePlan,
  from: string,
  where: string,
  columns: readonly string[],
  reason: string,
): Promise<RefusedValue | undefined> {
  // All of its values are the name of a row without a key.
  const identity =
    table.identity.length > 0
      ? table.identity.map((i) => table.columns[i] as ColumnPlan)
      : copiedColumns(table);
  // What the server fills is in no row that comes from the source.
  const about = copiedColumns(table).filter(({ target }) => columns.includes(target));
  const listed = [...identity, ...about].map(({ target }) => `r.${quoteName(target)}::text`);
  const { rows } = await client.query<(string | null)[]>({
    text: `SELECT ${listed.join(', ')} FROM ${from} r ${where} LIMIT 1`,
    rowMode: 'array',
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  const shown = (column: ColumnPlan, value: string | null | undefined) =>
    column.secret ? '(hidden)' : showValue(value ?? null);
  return {
    table: table.source,
    key: identity.map((column, i) => `${sourceName(column)}=${shown(column, row[i])}`).join(', '),
    column: about.map(sourceName).join(', ') || 'the row',
    reason,
    value: about.map((column, i) => shown(column, row[identity.length + i])).join(', ') || 'see there',
  };
}

/** The broken rule, in words; the values of its columns are shown for themselves. */
export function inWords(error: unknown, tables: readonly TablePlan[]): string {
  const { code, constraint } = error as ServerError;
  if (constraint === undefined) return brokenRule(error, tables) ?? `SQLSTATE ${code}`;
  if (isSqlState(error, 'unique_violation')) return `not unique, as ${constraint} wants it`;
  if (isSqlState(error, 'check_violation')) return `breaks the check ${constraint}`;
  if (isSqlState(error, 'exclusion_violation')) return `excluded by another row, as ${constraint} wants it`;
  return brokenRule(error, tables) ?? `SQLSTATE ${code}`;
}
