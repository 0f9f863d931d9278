import type { Client } from 'pg';
import { quoteName, quoteQualified } from '../../quote.ts';
import type { TargetName } from '../target.ts';

/** Whether a table holds a row, or one with a value in a column. */
export async function holdsRows(client: Client, table: TargetName, column?: string): Promise<boolean> {
  const where = column === undefined ? '' : ` WHERE ${quoteName(column)} IS NOT NULL`;
  const { rows } = await client.query(`SELECT FROM ${quoteQualified(table)}${where} LIMIT 1`);
  return rows.length > 0;
}
