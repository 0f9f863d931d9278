import type { Client } from 'pg';
import { refused, TransferError } from '../../errors.ts';
import type { TablePlan } from '../../plan/types.ts';
import type { Load, Loaded, LoadOptions } from '../target.ts';
import { findRefusedRow } from './broken-row.ts';
import { brokenRule } from './broken-rule.ts';
import { copySql, refuseOthers, send } from './copy-rows.ts';
import { inTransaction } from './in-transaction.ts';
import { insertAlterations, insertRange } from './ledger.ts';

const AGAIN = ': fix it in the source, then run the same command again';

/** Loads rows and their line in the ledger, or neither. */
export async function load(
  client: Client,
  table: TablePlan,
  { bounds, chunks, result }: Load,
  { runId, also, next, again }: LoadOptions<Client>,
): Promise<Loaded> {
  try {
    // A commit that a crash of the server undoes takes its ledger line with it, so nothing needs the disk's word.
    return await inTransaction(client, 'BEGIN; SET LOCAL synchronous_commit = off', async () => {
      const taken = chunks ? await send(client, copySql(table), chunks) : 0;
      const loaded = await result;
      const { rows, bytes } = loaded;
      refuseOthers(table, rows, taken);
      await insertAlterations(client, runId, loaded.alterations);
      await insertRange(client, runId, { table: table.target.name, ...bounds, rows, bytes });
      // Last, as loads on other connections may wait for it.
      await also?.(client);
      return loaded;
    });
  } catch (error) {
    const broken = brokenRule(error, [table]);
    if (broken === undefined) throw error;
    const found = await findRefusedRow(client, table, again());
    if (found) throw refused([found], { cause: error, next });
    const place = table.rowid === undefined ? '' : `, between ${bounds.lowest} and ${bounds.highest}`;
    // Others write to the source, and have fixed it.
    throw new TransferError(
      'source-refused',
      `A row of the source breaks a rule of the target (${table.source}${place}: ${broken})${next ? '' : AGAIN}.`,
      { cause: error, ...(next && { next }) },
    );
  }
}
