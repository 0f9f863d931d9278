import type { Client } from 'pg';
import { ProgrammingError } from '../../errors.ts';
import { type ColumnPlan, copiedColumns, type TablePlan } from '../../plan/types.ts';
import { quoteName, quoteQualified } from '../../quote.ts';

/** Where rows of one table wait, in the server and for as long as the transaction lasts. */
export interface StagedRows {
  readonly table: TablePlan;
  readonly rows: string;
}

/** Where the changes of one table wait: the rows with some keys, as they are in the file. */
export interface StagedTable extends StagedRows {
  /** The keys that the log names, whether there is a row or not. Some stand there more than once. */
  readonly keys: string;
}

/** @param name tells it from others of the session */
export async function createStaged(client: Client, table: TablePlan, name: string): Promise<StagedTable> {
  const identity = table.identity.map((i) => table.columns[i] as ColumnPlan);
  const keys = `pg_temp.vatevo_keys_${name}`;
  await create(client, table, keys, identity);
  const { rows } = await createStagedRows(client, table, name);
  await client.query(`CREATE INDEX ON ${rows} (${identityOf(table).join(', ')})`);
  return { table, keys, rows };
}

/** Only for rows, of a table that may have no key. */
export async function createStagedRows(client: Client, table: TablePlan, name: string): Promise<StagedRows> {
  const rows = `pg_temp.vatevo_rows_${name}`;
  await create(client, table, rows, copiedColumns(table));
  return { table, rows };
}

async function create(
  client: Client,
  { target }: TablePlan,
  name: string,
  columns: readonly ColumnPlan[],
): Promise<void> {
  await client.query(
    `CREATE TEMPORARY TABLE ${name} ON COMMIT DROP AS SELECT ${columns.map(checkedLater).join(', ')} FROM ${quoteQualified(target)} WITH NO DATA`,
  );
}

/** A column for values that a domain would check as they come in: they are to be told when they go on from here. */
export function checkedLater({ target, type: { base } }: ColumnPlan): string {
  const name = quoteName(target);
  return base === undefined ? name : `${name}::${base} AS ${name}`;
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
  { table, rows }: StagedRows,
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
function identityOf({ identity, columns }: TablePlan): string[] {
  return identity.map((i) => nameOf(columns[i] as ColumnPlan));
}

function nameOf({ target }: ColumnPlan): string {
  return quoteName(target);
}
