import { setTimeout as sleep } from 'node:timers/promises';
import { quoteName, quoteQualified, quoteText, TransferError } from '@vatevo/transfer/engine';
import type { Client } from 'pg';
import { SCHEMA } from './schema.ts';

export interface ServedTable {
  readonly schema: string;
  readonly name: string;
  /** The primary key's columns, in the key's order; none while it is put aside. */
  readonly key: readonly string[];
}

/** What a writer is told; the SQLSTATE is 25006, read_only_sql_transaction. */
const REFUSALS = {
  arriving:
    'vatevo_cutover_fence: this database takes no writes yet, because SQLite is still moving into it; nothing of this statement was written',
  returning:
    'vatevo_cutover_fence: this database takes no more writes, because it is going back to SQLite; nothing of this statement was written, repeat it there in a few seconds',
} as const;

/** A setting of the connections on which a move itself writes. */
const MOVER = `${SCHEMA}.mover`;

/** Lets what is written on a connection pass the fence of a database that rows are moved into. */
export async function passFence(client: Client): Promise<void> {
  await client.query(`SET ${MOVER} = 'on'`);
}

/**
 * How long transactions under way are waited for, in milliseconds. Each attempt is shorter than PostgreSQL's
 * `deadlock_timeout`, so that it is never a writer who is cancelled, and lets writers pass before the next one.
 */
const LOCK_PATIENCE = 15_000;
const LOCK_ATTEMPT = 500;
const PAUSE = 100;
/** SQLSTATE 55P03, lock_not_available. */
const LOCK_NOT_AVAILABLE = '55P03';

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
 *
 * @throws TransferError `locked` when one of them does not end
 */
export async function fence(
  client: Client,
  tables: readonly ServedTable[],
  why: keyof typeof REFUSALS,
): Promise<void> {
  await waitForWriters(client, tables);
  await client.query(`
    CREATE OR REPLACE FUNCTION ${SCHEMA}.refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_ARGV[0] = 'arriving' AND current_setting('${MOVER}', true) = 'on' THEN RETURN NULL; END IF;
      RAISE EXCEPTION '%', CASE TG_ARGV[0] ${Object.entries(REFUSALS)
        .map(([name, text]) => `WHEN ${quoteText(name)} THEN ${quoteText(text)}`)
        .join(' ')} END USING ERRCODE = 'read_only_sql_transaction';
    END $$;`);
  for (const table of tables) {
    await client.query(`
      CREATE TRIGGER vatevo_cutover_fence BEFORE INSERT OR UPDATE OR DELETE ON ${quoteQualified(table)}
        FOR EACH STATEMENT EXECUTE FUNCTION ${SCHEMA}.refuse_write(${quoteText(why)})`);
  }
}

async function waitForWriters(client: Client, tables: readonly ServedTable[]): Promise<void> {
  const deadline = performance.now() + LOCK_PATIENCE;
  for (;;) {
    await client.query(`SAVEPOINT attempt; SET LOCAL lock_timeout = ${LOCK_ATTEMPT}`);
    try {
      await client.query(
        `LOCK TABLE ${tables.map(quoteQualified).join(', ')} IN SHARE ROW EXCLUSIVE MODE; SET LOCAL lock_timeout = 0`,
      );
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
      if (performance.now() > deadline) {
        throw new TransferError(
          'locked',
          'A transaction that wrote to PostgreSQL does not end, and what it wrote must not be lost: end it, then run the same command again; PostgreSQL goes on serving.',
          { cause: error },
        );
      }
      await client.query('ROLLBACK TO SAVEPOINT attempt');
      await sleep(PAUSE);
    }
  }
}

export async function unfence(client: Client, tables: readonly ServedTable[]): Promise<void> {
  for (const table of tables) {
    await client.query(`DROP TRIGGER IF EXISTS vatevo_cutover_fence ON ${quoteQualified(table)}`);
  }
}
