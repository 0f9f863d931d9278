import type { ClientBase } from 'pg';
import { TransferError } from '../../errors.ts';
import { quoteQualified } from '../../quote.ts';
import type { Run } from '../target.ts';
import { readRanges } from './ledger.ts';

/**
 * Refuses an unfinished run's tables when somebody else wrote to them: they hold more rows than the ledger
 * says were loaded, so neither resuming nor discarding would be right. Rows that are missing are for the
 * verification to find.
 *
 * @throws TransferError `target-not-empty`
 */
export async function refuseUnexpectedRows(client: ClientBase, run: Run): Promise<void> {
  const loaded = new Map<string, number>();
  for (const { table, rows } of await readRanges(client, run.id)) {
    loaded.set(table, (loaded.get(table) ?? 0) + rows);
  }
  for (const { target } of run.plan.tables) {
    const ours = loaded.get(target.name) ?? 0;
    const { rows } = await client.query<{ rows: string }>(
      `SELECT count(*) AS rows FROM ${quoteQualified(target)}`,
    );
    const found = Number(rows[0]?.rows);
    if (found <= ours) continue;
    throw new TransferError(
      'target-not-empty',
      `Table ${target.name} of the target holds ${found} rows, but the unfinished transfer of ${run.sourceName} loaded ${ours}: somebody else wrote to it, and nothing of theirs is ever removed; take those rows out, then run the same command again.`,
    );
  }
}
