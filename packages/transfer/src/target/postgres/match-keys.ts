import type { Client } from 'pg';
import { columnType } from '../../column-types/registry.ts';
import { ProgrammingError } from '../../errors.ts';
import type { ColumnPlan, TablePlan } from '../../plan/types.ts';
import { quoteName, quoteQualified } from '../../quote.ts';

/**
 * That a row `r` of the target has one of the keys, given as printed values (see digest-sql.ts).
 *
 * `select` yields the keys in the types of the target's columns.
 */
export function matchKeys(
  table: TablePlan,
  keys: readonly (readonly (string | null)[])[],
): { where: string; select: string; values: (string | null)[][] } {
  const columns = table.identity.map((i) => table.columns[i] as ColumnPlan);
  const names = columns.map((_, i) => `k${i}`);
  const arrays = columns.map((_, i) => `$${i + 1}::text[]`);
  const from = `FROM unnest(${arrays.join(', ')}) AS k (${names.join(', ')})`;
  const select = `SELECT ${columns.map((column, i) => fromPrinted(column, `k.k${i}`)).join(', ')} ${from}`;
  return {
    where: `(${columns.map(({ target }) => `r.${quoteName(target)}`).join(', ')}) IN (${select})`,
    select,
    values: columns.map((_, i) => keys.map((key) => key[i] ?? null)),
  };
}

/** A value out of the form in which it is printed and compared. */
function fromPrinted({ target, type }: ColumnPlan, printed: string): string {
  const { read } = columnType(type).digestSql;
  if (read === undefined)
    throw new ProgrammingError(`${target}: no row is found by a key of type ${type.sql}`);
  // A domain would refuse keys that no row of the target can have.
  return read(printed, type.base ?? type.sql);
}

/** Removes rows by their keys. */
export async function removeRows(
  client: Client,
  table: TablePlan,
  keys: readonly (readonly (string | null)[])[],
  from: string = quoteQualified(table.target),
): Promise<void> {
  if (keys.length === 0) return;
  const { where, values } = matchKeys(table, keys);
  await client.query(`DELETE FROM ${from} r WHERE ${where}`, values);
}
