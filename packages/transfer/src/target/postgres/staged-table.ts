import type { Client } from 'pg';
import { ProgrammingError } from '../../errors.ts';
import { type ColumnPlan, copiedColumns, type TablePlan } from '../../plan/types.ts';
import { quoteName, quoteQualified } from '../../quote.ts';

/** Where the changes of one table wait, in the server and for as long as the transaction lasts. */
export interface StagedTable {
  readonly table: TablePlan;
  /** The keys that the log names, whether there is a row or not. Some stand there more than once. */
  readonly keys: string;
  /** The rows with these keys, as they are in the file. */
  readonly rows: string;
}

/** Removes the rows with the staged keys from the target. */
export async function removeStaged(client: Client, { table, keys }: StagedTable): Promise<void> {
  const identity = identityOf(table).map((name) => `r.${name}`);
  await client.query(
    `DELETE FROM ${quoteQualified(table.target)} r WHERE (${identity.join(', ')}) IN (SELECT * FROM ${keys})`,
  );
}

/** Loads the staged rows, the first ones of them when a number is given. */
export async function insertStaged(
  client: Client,
  { table, rows }: StagedTable,
  first?: number,
): Promise<void> {
  const columns = copiedColumns(table).map(nameOf).join(', ');
  const some = first === undefined ? '' : ` ORDER BY ctid LIMIT ${first}`;
  const { rowCount } = await client.query(
    `INSERT INTO ${quoteQualified(table.target)} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${rows}${some}`,
  );
  if (first !== undefined) return;
  const expected = await client.query<{ count: string }>(`SELECT count(*) FROM ${rows}`);
  if (rowCount === Number(expected.rows[0]?.count)) return;
  throw new ProgrammingError(
    `${table.target.name}: the server took ${rowCount} of ${expected.rows[0]?.count} rows`,
  );
}

/** The quoted names of the columns by which a row is found. */
export function identityOf({ identity, columns }: TablePlan): string[] {
  return identity.map((i) => nameOf(columns[i] as ColumnPlan));
}

export function nameOf({ target }: ColumnPlan): string {
  return quoteName(target);
}
