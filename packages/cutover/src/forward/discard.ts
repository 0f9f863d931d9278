import { TransferError } from '@vatevo/transfer';
import { quoteQualified, type TransferPlan } from '@vatevo/transfer/plan';
import {
  LEDGER_SCHEMA,
  lockTables,
  type PostgresTarget,
  readDeferred,
  restoreTriggers,
  silenceTriggers,
} from '@vatevo/transfer/postgres';
import type { Client } from 'pg';
import type { MoveRecord } from '../server/ledger.ts';
import { removeTriggers, TRIGGERS, triggered } from '../server/triggers.ts';
import { restoreForeignKeys, undoDeferrable, validateForeignKeys } from './foreign-keys.ts';
import { dropHelperIndexes } from './helper-indexes.ts';

/**
 * Takes the rows of a move out of PostgreSQL and leaves the tables as the move found them, in the open
 * transaction. They were empty then, and since then only the move, and the service it was handed over to, has
 * written to them.
 *
 * @param discarded tables beside those that rows of the source were moved into
 */
export async function discardRows(
  { client, ledger }: PostgresTarget,
  { id, runId }: Pick<MoveRecord, 'id' | 'runId'>,
  discarded: readonly { readonly schema: string; readonly name: string }[],
): Promise<void> {
  const run = await ledger.findRun();
  const ours = await triggered(client);
  if (run === undefined) {
    // The rows went when a later move was given up, and the tables are fenced since.
    await lockTables(client, ours);
    return removeTriggers(client);
  }
  if (run.id !== runId) {
    throw new TransferError(
      'wrong-state',
      'Another transfer has been made into this database since: its rows are not this move’s to remove.',
    );
  }
  const plan = await withoutGone(client, run.plan);
  const emptied = [...discarded, ...plan.tables.map(({ target }) => target)];
  const tables = [...new Set(emptied.map(quoteQualified))];
  await lockTables(client, [...new Set([...tables, ...ours])]);
  await removeTriggers(client);
  // What acts when tables are emptied would act on what the move takes away.
  await silenceTriggers(client, run.id, emptied, TRIGGERS);
  await client.query(`TRUNCATE ${tables.join(', ')}`);
  await dropHelperIndexes(client, plan);
  for (const { definition } of await readDeferred(client, run.id)) await client.query(definition);
  await restoreForeignKeys(client, id);
  await undoDeferrable(client, run.id);
  await restoreTriggers(client, run.id);
  await validateForeignKeys(client, id);
  await client.query(`DELETE FROM ${LEDGER_SCHEMA}.run WHERE id = $1`, [run.id]);
}

/** The plan without tables that were dropped since. */
async function withoutGone(client: Client, plan: TransferPlan): Promise<TransferPlan> {
  const { rows } = await client.query<{ found: boolean }>(
    'SELECT to_regclass(name) IS NOT NULL AS found FROM unnest($1::text[]) WITH ORDINALITY t (name, n) ORDER BY n',
    [plan.tables.map(({ target }) => quoteQualified(target))],
  );
  return { ...plan, tables: plan.tables.filter((_, i) => rows[i]?.found) };
}
