import { quoteQualified, type TablePlan } from '@vatevo/transfer/plan';
import type { Client } from 'pg';

export async function countRows(client: Client, { target }: TablePlan): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${quoteQualified(target)}`);
  return Number(rows[0]?.count);
}
