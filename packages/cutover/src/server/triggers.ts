import { quoteName, quoteQualified, quoteText, TransferError } from '@vatevo/transfer/engine';
import type { Client } from 'pg';
import { SCHEMA } from './schema.ts';

export interface ServedTable {
  readonly schema: string;
  readonly name: string;
  /** The primary key's columns, in the key's order; none while it is put aside. */
  readonly key: readonly string[];
}

/** SQLSTATE of a write that a fence refuses: 25006, read_only_sql_transaction. */
export const FENCE_MESSAGE =
  'vatevo_cutover_fence: this database takes no more writes, because it is going back to SQLite; nothing of this statement was written, repeat it there in a few seconds';

const LOCK_TIMEOUT = 5_000;

/** The tables with these names, and their keys. */
export async function servedTables(
  client: Client,
  schema: string,
  names: readonly string[],
): Promise<ServedTable[]> {
  const { rows } = await client.query<{ name: string; key: string[] }>(
    `SELECT c.relname AS name, ARRAY(
       SELECT a.attname::text FROM pg_index x
       CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k (attnum, position)
       JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum
       WHERE x.indrelid = c.oid AND x.indisprimary ORDER BY k.position) AS key
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname = ANY ($2) ORDER BY c.relname`,
    [schema, names],
  );
  return rows.map(({ name, key }) => ({ schema, name, key }));
}

/** @throws TransferError `target-unfit` for a table whose changes PostgreSQL could not log */
export function refuseKeyless(tables: readonly ServedTable[]): void {
  const keyless = tables.find(({ key }) => key.length === 0);
  if (keyless === undefined) return;
  throw new TransferError(
    'target-unfit',
    `PostgreSQL's table ${keyless.name} has no primary key, so its changes could not be told apart on the way back: give it one.`,
  );
}

/**
 * Makes PostgreSQL log the key of every row that is written, in the open transaction. Whoever writes needs no
 * right to the log: the functions work with the rights of their owner.
 */
export async function capture(client: Client, tables: readonly ServedTable[]): Promise<void> {
  await client.query(`
    TRUNCATE ${SCHEMA}.change;
    CREATE OR REPLACE FUNCTION ${SCHEMA}.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'TRUNCATE cannot be taken back to SQLite row by row: use DELETE, or end the rollback window with ops:cutover close'
        USING ERRCODE = 'feature_not_supported';
    END $$;`);
  for (const table of tables) {
    const key = (row: string) =>
      `ARRAY[${table.key.map((column) => `${row}.${quoteName(column)}::text`).join(', ')}]`;
    const log = (row: string) =>
      `INSERT INTO ${SCHEMA}.change (tbl, key) VALUES (${quoteText(table.name)}, ${key(row)});`;
    const name = `${SCHEMA}.${quoteName(`log_${table.name}`)}`;
    await client.query(`
      CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF TG_OP <> 'INSERT' THEN ${log('OLD')} END IF;
        IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND ${key('NEW')} <> ${key('OLD')}) THEN ${log('NEW')} END IF;
        RETURN NULL;
      END $$;
      REVOKE ALL ON FUNCTION ${name}() FROM PUBLIC;
      CREATE TRIGGER vatevo_cutover_log AFTER INSERT OR UPDATE OR DELETE ON ${quoteQualified(table)}
        FOR EACH ROW EXECUTE FUNCTION ${name}();
      CREATE TRIGGER vatevo_cutover_truncate BEFORE TRUNCATE ON ${quoteQualified(table)}
        FOR EACH STATEMENT EXECUTE FUNCTION ${SCHEMA}.refuse_truncate();`);
  }
}

/** Takes the log and its triggers away, in the open transaction. */
export async function endCapture(client: Client, tables: readonly ServedTable[]): Promise<void> {
  for (const table of tables) {
    await client.query(`
      DROP TRIGGER IF EXISTS vatevo_cutover_log ON ${quoteQualified(table)};
      DROP TRIGGER IF EXISTS vatevo_cutover_truncate ON ${quoteQualified(table)};
      DROP FUNCTION IF EXISTS ${SCHEMA}.${quoteName(`log_${table.name}`)}();`);
  }
  await client.query(`TRUNCATE ${SCHEMA}.change`);
}

/**
 * Refuses every further write, in the open transaction: it waits until those under way have ended, so that
 * their lines are all in the log.
 */
export async function fence(client: Client, tables: readonly ServedTable[]): Promise<void> {
  await client.query(`
    SET LOCAL lock_timeout = ${LOCK_TIMEOUT};
    LOCK TABLE ${tables.map(quoteQualified).join(', ')} IN SHARE ROW EXCLUSIVE MODE;
    CREATE OR REPLACE FUNCTION ${SCHEMA}.refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION ${quoteText(FENCE_MESSAGE)} USING ERRCODE = 'read_only_sql_transaction';
    END $$;`);
  for (const table of tables) {
    await client.query(`
      CREATE TRIGGER vatevo_cutover_fence BEFORE INSERT OR UPDATE OR DELETE ON ${quoteQualified(table)}
        FOR EACH STATEMENT EXECUTE FUNCTION ${SCHEMA}.refuse_write()`);
  }
}

export async function unfence(client: Client, tables: readonly ServedTable[]): Promise<void> {
  for (const table of tables) {
    await client.query(`DROP TRIGGER IF EXISTS vatevo_cutover_fence ON ${quoteQualified(table)}`);
  }
}
