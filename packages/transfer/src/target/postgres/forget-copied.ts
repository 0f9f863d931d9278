import type { Client } from 'pg';
import type { TablePlan } from '../../plan/types.ts';
import { quoteQualified } from '../../quote.ts';
import { LEDGER_SCHEMA } from './ledger.ts';

/** Takes back what was copied of some tables, in the open transaction: their foreign keys must be deferred. */
export async function forgetCopied(
  client: Client,
  runId: string,
  tables: readonly TablePlan[],
): Promise<void> {
  if (tables.length === 0) return;
  await client.query(`TRUNCATE ${tables.map(({ target }) => quoteQualified(target)).join(', ')}`);
  for (const lines of ['range', 'alteration']) {
    await client.query(`DELETE FROM ${LEDGER_SCHEMA}.${lines} WHERE run_id = $1 AND table_name = ANY ($2)`, [
      runId,
      tables.map(({ target }) => target.name),
    ]);
  }
}
