import { isSqlState } from '@vatevo/connection';
import type { Client } from 'pg';
import type { RefusedValue } from '../../plan/rows.ts';
import type { TransferPlan } from '../../plan/types.ts';
import { quoteQualified, quoteText } from '../../quote.ts';
import { findOrphan } from './broken-row.ts';
import type { DeferredEntry } from './deferred.ts';
import { inTrial } from './in-transaction.ts';
import { columnsOf, inWords, nameRow, type ServerError } from './name-row.ts';

/** The name of a table while an empty one has its place. */
const FULL = 'vatevo_full';
/** A setting of the transaction, which holds where the broken row is. */
const PLACE = 'vatevo.broken_row';

/**
 * Which of the loaded rows an index or a constraint cannot be restored for. In a transaction of its own, of which nothing
 * stays: this takes its time, and is the exception.
 */
export async function findBreakingRow(
  client: Client,
  plan: TransferPlan,
  entry: DeferredEntry,
  error: unknown,
): Promise<RefusedValue | undefined> {
  return inTrial(client, async () => {
    if (isSqlState(error, 'foreign_key_violation')) {
      await client.query(unread(entry.definition));
      return findOrphan(client, plan, error as ServerError);
    }
    return findRow(client, plan, entry, error);
  });
}

/** The definition of a foreign key that is in force, and looks at no row that is there. */
function unread(definition: string): string {
  return definition.replace(/(; COMMENT ON CONSTRAINT .*)?$/s, ' NOT VALID$1');
}

/** An empty table with the index takes the place of the full one, and then its rows, until one of them is refused. */
async function findRow(
  client: Client,
  plan: TransferPlan,
  { table, definition }: DeferredEntry,
  error: unknown,
): Promise<RefusedValue | undefined> {
  const planned = plan.tables.find(({ target }) => target.name === table);
  if (planned === undefined) return undefined;
  const place = quoteQualified(planned.target);
  const full = quoteQualified({ schema: planned.target.schema, name: FULL });
  await client.query(
    `ALTER TABLE ${place} RENAME TO ${FULL}; CREATE TABLE ${place} (LIKE ${full}); ${definition};
     SET CONSTRAINTS ALL IMMEDIATE`,
  );
  const columns = await columnsOf(client, planned, error as ServerError);
  await client.query(
    `DO ${quoteText(`
    #variable_conflict use_variable
    DECLARE vatevo_place tid;
    BEGIN
      FOR vatevo_place IN SELECT ctid FROM ${full} LOOP
        INSERT INTO ${place} SELECT * FROM ${full} WHERE ctid = vatevo_place;
      END LOOP;
    EXCEPTION WHEN OTHERS THEN
      IF SQLSTATE = ${quoteText((error as ServerError).code ?? '')} THEN
        PERFORM set_config('${PLACE}', vatevo_place::text, true);
      END IF;
    END`)}`,
  );
  const { rows } = await client.query<{ found: string | null }>(
    `SELECT nullif(current_setting('${PLACE}', true), '') AS found`,
  );
  const found = rows[0]?.found;
  if (!found) return undefined;
  const reason = inWords(error, plan.tables);
  return nameRow(client, planned, full, `WHERE r.ctid = ${quoteText(found)}`, columns, reason);
}
