import type { Client } from 'pg';
import { quoteQualified } from '../../quote.ts';
import type { Run } from '../target.ts';
import { readDeferred } from './deferred.ts';
import { inTransaction } from './in-transaction.ts';
import { LEDGER_SCHEMA } from './ledger.ts';
import { lockTables } from './lock.ts';
import { putSeedsBack } from './seeds.ts';
import { restoreTriggers, silenceTriggers } from './silence.ts';
import { refuseUnexpectedRows } from './unexpected-rows.ts';

/**
 * Takes back an unfinished run in one transaction: its rows, its ledger lines, and the indexes and keys as
 * they were, and lets triggers act again. The tables were empty when the run began, or were made so, and hold nothing now but
 * what the run loaded; rows that it had removed come back.
 *
 * @throws TransferError `target-not-empty` when somebody else wrote to them.
 */
export async function discardRun(client: Client, run: Run): Promise<void> {
  const tables = run.plan.tables.map((table) => quoteQualified(table.target));
  await inTransaction(client, 'BEGIN', async () => {
    // Locked first, so that no row can come in between the look and the removal.
    await lockTables(client, tables);
    await refuseUnexpectedRows(client, run);
    await silenceTriggers(
      client,
      run.id,
      run.plan.tables.map(({ target }) => target),
    );
    await client.query(`TRUNCATE ${tables.join(', ')}`);
    await putSeedsBack(client, run.id, run.plan);
    for (const { definition } of await readDeferred(client, run.id)) await client.query(definition);
    await restoreTriggers(client, run.id);
    await client.query(`DELETE FROM ${LEDGER_SCHEMA}.run WHERE id = $1`, [run.id]);
  });
}
