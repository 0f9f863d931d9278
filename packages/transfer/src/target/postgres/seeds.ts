import type { Client, ClientBase } from 'pg';
import type { TransferPlan } from '../../plan/types.ts';
import { quoteName, quoteQualified } from '../../quote.ts';
import type { TargetName } from '../target.ts';
import { LEDGER_SCHEMA } from './ledger.ts';
import { WITH_PARTITIONS } from './partitions.ts';

/** Foreign keys of tables that are not loaded onto those whose rows are to be removed. $1: these, $2: all that are loaded. */
const POINTING = `
  WITH replaced AS (${WITH_PARTITIONS})
  SELECT k.conname AS name, n.nspname AS schema, c.relname AS table, k.confrelid::regclass::text AS onto,
         ARRAY(SELECT a.attname::text FROM unnest(k.conkey) AS x (attnum)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.attnum) AS columns
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid IN (SELECT oid FROM replaced)
    AND NOT k.conrelid = ANY ($2::regclass[])
  ORDER BY 1`;

interface Pointing extends TargetName {
  readonly name: string;
  readonly table: string;
  readonly onto: string;
  readonly columns: readonly string[];
}

/** Rows of tables that stay as they are, and point to rows that are to be removed: each as a sentence. */
export async function rowsOntoSeeds(
  client: ClientBase,
  { tables, replaced = [] }: TransferPlan,
): Promise<string[]> {
  if (replaced.length === 0) return [];
  const found: string[] = [];
  const { rows } = await client.query<Pointing>(POINTING, [
    replaced.map(quoteQualified),
    tables.map(({ target }) => quoteQualified(target)),
  ]);
  for (const { name, schema, table, onto, columns } of rows) {
    const points = columns.map((column) => `${quoteName(column)} IS NOT NULL`).join(' AND ');
    const of = quoteQualified({ schema, name: table });
    const { rowCount } = await client.query(`SELECT FROM ${of} WHERE ${points} LIMIT 1`);
    if (rowCount === 0) continue;
    found.push(
      `${table} keeps its rows, and some point to rows of ${onto} that were to be replaced (${name}): say "skip" of ${onto}, let the source fill ${table}, too, or remove those rows there`,
    );
  }
  return found;
}

/** What keeps the removed rows of a table, by its place among the tables whose rows were. */
const keptIn = (runId: string, i: number) => `${LEDGER_SCHEMA}.${quoteName(`seeds_${runId}_${i}`)}`;

/**
 * Removes the rows that the target's own migrations put into tables, and keeps them beside the ledger. In the transaction
 * that begins a run, when nothing acts on it any more.
 *
 * @returns of each table how many, and where they are now
 */
export async function setSeedsAside(
  client: Client,
  runId: string,
  tables: readonly TargetName[],
): Promise<{ readonly table: string; readonly rows: number; readonly keptIn: string }[]> {
  const removed: { table: string; rows: number; keptIn: string }[] = [];
  for (const [i, table] of tables.entries()) {
    const kept = keptIn(runId, i);
    await client.query(`CREATE TABLE ${kept} AS TABLE ${quoteQualified(table)}`);
    const { rowCount } = await client.query(`DELETE FROM ${quoteQualified(table)}`);
    removed.push({ table: table.name, rows: rowCount ?? 0, keptIn: kept });
  }
  return removed;
}

/** Puts them back into the empty tables when the run is taken back, in the open transaction. */
export async function putSeedsBack(
  client: Client,
  runId: string,
  { replaced = [] }: TransferPlan,
): Promise<void> {
  for (const [i, table] of replaced.entries()) {
    const kept = keptIn(runId, i);
    const { rows } = await client.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
      [quoteQualified(table)],
    );
    const columns = rows.map(({ name }) => quoteName(name)).join(', ');
    await client.query(
      `INSERT INTO ${quoteQualified(table)} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${kept}`,
    );
    await client.query(`DROP TABLE ${kept}`);
  }
}
