import { quoteName, quoteQualified, type TransferPlan } from '@vatevo/transfer/engine';
import type { Client } from 'pg';

const FOREIGN_KEYS = `
  SELECT n.nspname AS schema, c.relname AS name, k.conname AS constraint
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype = 'f' AND k.conrelid = ANY ($1::regclass[]) AND k.condeferrable <> $2 AND k.conparentid = 0`;

/**
 * Changes are applied row by row in no particular order, so while a move lasts foreign keys are looked at when
 * a transaction ends. Changing that is a matter of the catalog, not of the rows.
 */
export async function deferForeignKeys(client: Client, plan: TransferPlan, deferred: boolean): Promise<void> {
  const tables = plan.tables.map(({ target }) => quoteQualified(target));
  const { rows } = await client.query<{ schema: string; name: string; constraint: string }>(FOREIGN_KEYS, [
    tables,
    deferred,
  ]);
  for (const { schema, name, constraint } of rows) {
    await client.query(
      `ALTER TABLE ${quoteQualified({ schema, name })} ALTER CONSTRAINT ${quoteName(constraint)} ${deferred ? 'DEFERRABLE' : 'NOT DEFERRABLE'}`,
    );
  }
}
