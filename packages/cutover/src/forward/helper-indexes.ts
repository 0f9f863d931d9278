import { quoteName, quoteQualified, type TablePlan, type TransferPlan } from '@vatevo/transfer/plan';
import type { Client } from 'pg';

/**
 * Rows are found by the source's key, which need not lead any index of the target: while a move lasts there
 * is one.
 */
export async function createHelperIndexes(client: Client, plan: TransferPlan): Promise<void> {
  for (const table of plan.tables) {
    const columns = table.identity.map((i) => quoteName(table.columns[i]?.target ?? ''));
    if (await isIndexed(client, table)) continue;
    await client.query(
      `CREATE INDEX IF NOT EXISTS ${indexName(table)} ON ${quoteQualified(table.target)} (${columns.join(', ')})`,
    );
  }
}

export async function dropHelperIndexes(client: Client, plan: TransferPlan): Promise<void> {
  for (const table of plan.tables) {
    await client.query(`DROP INDEX IF EXISTS ${quoteName(table.target.schema)}.${indexName(table)}`);
  }
}

/** Whether some index begins with the source's key. */
async function isIndexed(client: Client, table: TablePlan): Promise<boolean> {
  const names = table.identity.map((i) => table.columns[i]?.target);
  const { rows } = await client.query(
    `SELECT FROM pg_index x
     WHERE x.indrelid = $1::regclass AND x.indpred IS NULL
       AND (SELECT array_agg(a.attname::text ORDER BY k.position)
            FROM unnest(x.indkey) WITH ORDINALITY AS k (attnum, position)
            JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum
            WHERE k.position <= cardinality($2::text[])) = $2::text[]`,
    [quoteQualified(table.target), names],
  );
  return rows.length > 0;
}

function indexName(table: TablePlan): string {
  return quoteName(`vatevo_cutover_${table.target.name}`);
}
