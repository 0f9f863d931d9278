import { tableExists } from '@vatevo/connection';
import { quoteName, quoteQualified, quoteText, type TransferPlan } from '@vatevo/transfer/plan';
import { inTransaction, LEDGER_SCHEMA } from '@vatevo/transfer/postgres';
import type { Client } from 'pg';
import { createSchema, SCHEMA } from '../server/schema.ts';

/** A foreign key that does something or is looked at before a transaction ends. */
interface Strict {
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly definition: string;
  /** The same without actions, as `FOREIGN KEY (…) REFERENCES …`. */
  readonly bare: string;
  readonly comment: string | null;
  /** Whether it only has to become deferrable. */
  readonly actionless: boolean;
  /** Whether the table is one that PostgreSQL takes `NOT VALID` foreign keys for, in every version. */
  readonly ordinary: boolean;
}

/** What is not enforced has no action either. */
const STRICT = `
  SELECT k.oid::text AS oid, n.nspname AS schema, c.relname AS table, k.conname AS name,
         pg_get_constraintdef(k.oid) AS definition,
         format('FOREIGN KEY (%s) REFERENCES %I.%I (%s)%s', columns.child, pn.nspname, p.relname, columns.parent,
                CASE k.confmatchtype WHEN 'f' THEN ' MATCH FULL' ELSE '' END) AS bare,
         obj_description(k.oid, 'pg_constraint') AS comment,
         k.confupdtype = 'a' AND k.confdeltype = 'a' AS actionless, c.relkind = 'r' AS ordinary
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
  CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY i) AS child,
           string_agg(quote_ident(b.attname), ', ' ORDER BY i) AS parent
    FROM generate_subscripts(k.conkey, 1) AS i
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[i]
    JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[i]) AS columns
  WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid = ANY ($1::regclass[]) OR k.confrelid = ANY ($1::regclass[]))
    AND NOT (k.condeferrable AND k.confupdtype = 'a' AND k.confdeltype = 'a')
    AND pg_get_constraintdef(k.oid) NOT LIKE '% NOT ENFORCED'
  ORDER BY k.oid`;

/**
 * Changes are applied in the order of no foreign key, so while a move lasts each of them is looked at when a
 * transaction ends, and does nothing: applying an update removes a row and writes it again, for which CASCADE would
 * remove, and SET NULL change, rows that the file still has as they were; RESTRICT would not wait.
 *
 * PostgreSQL can make a foreign key deferrable in its catalog, but not take its actions. One that has any gives way to
 * another one between the same columns. At every moment one of the two is in force, so all rows keep to it, and
 * nothing has to be read to know.
 *
 * Call it as often as foreign keys may have come back.
 */
export async function relaxForeignKeys(client: Client, move: string, plan: TransferPlan): Promise<void> {
  await inTransaction(client, 'BEGIN', async () => {
    await createSchema(client);
    const tables = plan.tables.map(({ target }) => quoteQualified(target));
    const { rows } = await client.query<Strict>(STRICT, [tables]);
    for (const strict of rows) {
      const { relax, restore, validate } = formsOf(strict);
      await client.query(
        `INSERT INTO ${SCHEMA}.foreign_key (move_id, schema_name, table_name, name, restore, validate) VALUES ($1, $2, $3, $4, $5, $6)`,
        [move, strict.schema, strict.table, strict.name, restore, validate],
      );
      await client.query(relax);
    }
  });
}

/** The statements that take a foreign key out of its own form, and bring it back. */
function formsOf({ oid, schema, table, name, definition, bare, comment, actionless, ordinary }: Strict) {
  const place = quoteQualified({ schema, name: table });
  const own = quoteName(name);
  if (actionless) {
    return {
      relax: `ALTER TABLE ${place} ALTER CONSTRAINT ${own} DEFERRABLE`,
      restore: `ALTER TABLE ${place} ALTER CONSTRAINT ${own} NOT DEFERRABLE`,
      validate: null,
    };
  }
  const other = quoteName(`vatevo_cutover_foreign_key_${oid}`);
  const unread = ordinary ? ' NOT VALID' : '';
  const commented =
    comment === null ? '' : `; COMMENT ON CONSTRAINT ${own} ON ${place} IS ${quoteText(comment)}`;
  return {
    relax: `ALTER TABLE ${place} ADD CONSTRAINT ${other} ${bare} DEFERRABLE${unread}, DROP CONSTRAINT ${own}`,
    restore: `ALTER TABLE ${place} ADD CONSTRAINT ${own} ${definition}${unread}, DROP CONSTRAINT ${other}${commented}`,
    validate: ordinary ? `ALTER TABLE ${place} VALIDATE CONSTRAINT ${own}` : null,
  };
}

/**
 * Gives foreign keys their own form back, in the open transaction. They are in force at once; that all rows keep to
 * them is entered in the catalog by {@link validateForeignKeys}, for which PostgreSQL reads every row.
 */
export async function restoreForeignKeys(client: Client, move: string): Promise<void> {
  const keys = await readKeys(client, move, false);
  if (keys === undefined) return;
  for (const { restore } of keys) await client.query(restore);
  await client.query(`UPDATE ${SCHEMA}.foreign_key SET restored = true WHERE move_id = $1`, [move]);
  await client.query(`DELETE FROM ${SCHEMA}.foreign_key WHERE move_id = $1 AND validate IS NULL`, [move]);
}

/** Keys that are restored or not; undefined where an earlier release began the move, and noted none. */
async function readKeys(client: Client, move: string, areRestored: boolean) {
  if (!(await tableExists(client, `${SCHEMA}.foreign_key`))) return undefined;
  const { rows } = await client.query<{ id: string; restore: string; validate: string }>(
    `SELECT id, restore, validate FROM ${SCHEMA}.foreign_key WHERE move_id = $1 AND restored = $2 ORDER BY id`,
    [move, areRestored],
  );
  return rows;
}

/**
 * An earlier release made foreign keys deferrable and kept no note of it, but for what the tables were made of when the
 * move began.
 */
export async function undoDeferrable(client: Client, runId: string): Promise<void> {
  const { rows } = await client.query<{ restore: string }>(
    `SELECT format('ALTER TABLE %s ALTER CONSTRAINT %I NOT DEFERRABLE', c.oid::regclass, k.conname) AS restore
     FROM ${LEDGER_SCHEMA}.structure s
     JOIN pg_namespace n ON n.nspname = s.schema_name
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.table_name
     JOIN pg_constraint k ON k.conrelid = c.oid AND k.conname = s.name AND k.contype = 'f' AND k.condeferrable
     WHERE s.run_id = $1 AND s.kind = 'constraint' AND s.definition !~ ' DEFERRABLE'`,
    [runId],
  );
  for (const { restore } of rows) await client.query(restore);
}

/** Lets PostgreSQL see that all rows keep to what was restored. Nobody who writes has to wait for it. */
export async function validateForeignKeys(client: Client, move: string): Promise<void> {
  for (const { id, validate } of (await readKeys(client, move, true)) ?? []) {
    await client.query(validate);
    await client.query(`DELETE FROM ${SCHEMA}.foreign_key WHERE id = $1`, [id]);
  }
}

/** The constraints that are in force and still to be validated, by their oids. */
export async function unvalidatedForeignKeys(client: Client, move: string): Promise<string[]> {
  const { rows } = await client.query<{ oid: string }>(
    `SELECT k.oid::text AS oid FROM ${SCHEMA}.foreign_key f
     JOIN pg_namespace n ON n.nspname = f.schema_name
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = f.table_name
     JOIN pg_constraint k ON k.conrelid = c.oid AND k.conname = f.name
     WHERE f.move_id = $1 AND f.restored`,
    [move],
  );
  return rows.map(({ oid }) => oid);
}
