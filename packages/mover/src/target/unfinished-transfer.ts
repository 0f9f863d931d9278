import { LEDGERS, TRANSFER_RUNS } from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';
import type { Client } from 'pg';
import type { Run } from '../preset.ts';
import { findLiveMove } from './live-move.ts';

/**
 * Looks for a transfer into the database that has begun and not ended. Such a
 * database holds part of the data, and its indexes and foreign keys are put
 * aside, so neither migrations nor a comparison with the schema mean anything.
 *
 * The catalog is read instead of `to_regclass`, which fails for a role that
 * may not use the ledger's schema.
 *
 * @returns the refusal, exit code 4, or undefined when there is no such transfer
 */
export async function findUnfinishedTransfer(
  client: Client,
  run: Pick<Run, 'typed'>,
): Promise<CommandError | undefined> {
  const live = await findLiveMove(client, run);
  if (live) return live;
  const { rows: ledgers } = await client.query<{ readable: boolean }>(`
    SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = '${LEDGERS.transfer}' AND c.relname = 'run'`);
  const [ledger] = ledgers;
  if (!ledger) return undefined;
  if (!ledger.readable) {
    return new CommandError(
      ExitCode.notReady,
      `This database holds a transfer’s ledger (${TRANSFER_RUNS}) that this role may not read, so nobody can tell whether a transfer is unfinished.`,
      { remedy: ['Run this command with the role that ran the transfer.'] },
    );
  }
  const { rows } = await client.query<{ state: string; source: string | null }>(
    `SELECT state, to_jsonb(run) ->> 'source_name' AS source FROM ${TRANSFER_RUNS} WHERE state <> 'complete' LIMIT 1`,
  );
  const [unfinished] = rows;
  if (!unfinished) return undefined;
  const from = unfinished.source ? ` from ${unfinished.source}` : '';
  return new CommandError(
    ExitCode.notReady,
    `A transfer${from} into this database is unfinished (state "${unfinished.state}"), so it does not hold all the data yet.`,
    { remedy: [`Run the same "${run.typed('transfer')} --source FILE" again: it goes on where it stopped.`] },
  );
}
