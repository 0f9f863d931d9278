import { setTimeout as sleep } from 'node:timers/promises';
import { isSqlState } from '@vatevo/connection';
import { FENCE_MARK } from '@vatevo/cutover-state';
import { TransferError } from '@vatevo/transfer';
import { findColumnType } from '@vatevo/transfer/column-types';
import { quoteName, quoteQualified, quoteText } from '@vatevo/transfer/plan';
import type { Client } from 'pg';
import { SCHEMA } from './schema.ts';
import { type ServedTable, tablesWith } from './tables.ts';

/** What a writer is told; the SQLSTATE is that of a read-only transaction. */
const REFUSALS = {
  arriving: `${FENCE_MARK} this database takes no writes yet, because SQLite is still moving into it; nothing of this statement was written`,
  returning: `${FENCE_MARK} this database takes no more writes, because it is going back to SQLite; nothing of this statement was written, repeat it there in a few seconds`,
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
const LOCK_TIMEOUT = 15_000;
const LOCK_ATTEMPT = 500;
const PAUSE = 100;

/** The triggers by which tables of a move are known. */
const LOG = 'vatevo_cutover_log';
const TRUNCATE = 'vatevo_cutover_truncate';
const FENCE = 'vatevo_cutover_fence';
export const TRIGGERS: readonly string[] = [LOG, TRUNCATE, FENCE];

/** Begins a log of PostgreSQL's changes, in the open transaction. */
export async function capture(client: Client, tables: readonly ServedTable[]): Promise<void> {
  await client.query(`TRUNCATE ${SCHEMA}.change`);
  await logChanges(client, tables);
}

/** How values are printed in the log, whatever is set in the session that writes: as in those that read it. */
const PRINTING = `SET TimeZone = 'UTC' SET DateStyle = 'ISO, MDY' SET extra_float_digits = 1`;

/**
 * Makes PostgreSQL log the key of every row that is written from now on, in the open transaction: in the printed
 * form (see target-sql.ts of the transfer). Whoever writes needs no right to the log: the functions work with the
 * rights of their owner.
 */
export async function logChanges(client: Client, tables: readonly ServedTable[]): Promise<void> {
  await client.query(`
    CREATE OR REPLACE FUNCTION ${SCHEMA}.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'TRUNCATE cannot be taken back to SQLite row by row: use DELETE, or close the move, after which nothing can go back'
        USING ERRCODE = 'feature_not_supported';
    END $$;`);
  for (const table of tables) {
    const types = await typesIn(client, table);
    // Byte by byte: a column's own collation may take two keys for one.
    const printed = (value: string, column: string) => {
      const name = types.get(column) ?? '';
      const form = findColumnType(name)?.digestSql.printed(value, { name, sql: name });
      return `${form ?? `${value}::text`} COLLATE "C"`;
    };
    const key = (row: string) =>
      `ARRAY[${table.key.map((column) => printed(`${row}.${quoteName(column)}`, column)).join(', ')}]`;
    const log = (row: string) =>
      `INSERT INTO ${SCHEMA}.change (tbl, key) VALUES (${quoteText(table.name)}, ${key(row)});`;
    const name = `${SCHEMA}.${quoteName(`log_${table.oid}`)}`;
    await client.query(`
      CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp ${PRINTING} AS $$
      BEGIN
        IF TG_OP <> 'INSERT' THEN ${log('OLD')} END IF;
        IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND ${key('NEW')} <> ${key('OLD')}) THEN ${log('NEW')} END IF;
        RETURN NULL;
      END $$;
      REVOKE ALL ON FUNCTION ${name}() FROM PUBLIC;
      CREATE OR REPLACE TRIGGER ${LOG} AFTER INSERT OR UPDATE OR DELETE ON ${quoteQualified(table)}
        FOR EACH ROW EXECUTE FUNCTION ${name}();`);
    for (const part of [table, ...table.partitions]) {
      await client.query(`
        CREATE OR REPLACE TRIGGER ${TRUNCATE} BEFORE TRUNCATE ON ${quoteQualified(part)}
          FOR EACH STATEMENT EXECUTE FUNCTION ${SCHEMA}.refuse_truncate();`);
    }
  }
}

/** The types of a table's columns, by the names that the transfer has for them. */
async function typesIn(client: Client, { oid }: ServedTable): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `SELECT a.attname AS name, CASE t.typtype WHEN 'e' THEN 'enum' ELSE t.typname END AS type
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = $1 AND a.attnum > 0`,
    [oid],
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}

/** The tables whose changes are logged now, whatever they are called. */
export function loggingTables(client: Client) {
  return tablesWith(client, LOG);
}

/** Takes the log and its triggers away, wherever they are, in the open transaction. */
export async function endCapture(client: Client): Promise<void> {
  await dropTriggers(client, LOG);
  await dropTriggers(client, TRUNCATE);
  const { rows } = await client.query<{ name: string }>(
    `SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = $1 AND p.proname LIKE 'log\\_%'`,
    [SCHEMA],
  );
  for (const { name } of rows) await client.query(`DROP FUNCTION ${name}`);
  await client.query(`TRUNCATE ${SCHEMA}.change`);
}

async function dropTriggers(client: Client, trigger: string): Promise<void> {
  for (const table of await tablesWith(client, trigger)) {
    await client.query(`DROP TRIGGER ${trigger} ON ${quoteQualified(table)}`);
  }
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
  if (tables.length === 0) return;
  await waitForWriters(client, tables);
  await client.query(`
    CREATE OR REPLACE FUNCTION ${SCHEMA}.refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_ARGV[0] = 'arriving' AND current_setting('${MOVER}', true) = 'on' THEN RETURN NULL; END IF;
      RAISE EXCEPTION '%', CASE TG_ARGV[0] ${Object.entries(REFUSALS)
        .map(([name, text]) => `WHEN ${quoteText(name)} THEN ${quoteText(text)}`)
        .join(' ')} END USING ERRCODE = 'read_only_sql_transaction';
    END $$;`);
  // Who writes to a partition passes the triggers of its table by.
  for (const table of tables.flatMap((table) => [table, ...table.partitions])) {
    await client.query(`
      CREATE OR REPLACE TRIGGER ${FENCE} BEFORE INSERT OR UPDATE OR DELETE ON ${quoteQualified(table)}
        FOR EACH STATEMENT EXECUTE FUNCTION ${SCHEMA}.refuse_write(${quoteText(why)})`);
  }
}

/**
 * Waits until the writers of some tables have ended, and keeps others out until the open transaction ends.
 *
 * @throws TransferError `locked` when one of them does not end
 */
export async function waitForWriters(client: Client, tables: readonly ServedTable[]): Promise<void> {
  const deadline = performance.now() + LOCK_TIMEOUT;
  for (;;) {
    await client.query(`SAVEPOINT attempt; SET LOCAL lock_timeout = ${LOCK_ATTEMPT}`);
    try {
      await client.query(
        `LOCK TABLE ${tables.map(quoteQualified).join(', ')} IN SHARE ROW EXCLUSIVE MODE; SET LOCAL lock_timeout = 0`,
      );
      return;
    } catch (error) {
      if (isSqlState(error, 'undefined_table')) {
        throw new TransferError(
          'wrong-state',
          `The schema of PostgreSQL was changed while this command ran (${(error as Error).message}): run the same command again.`,
          { cause: error },
        );
      }
      if (!isSqlState(error, 'lock_not_available')) throw error;
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

/** Takes writes again, in the open transaction. */
export async function unfence(client: Client): Promise<void> {
  await dropTriggers(client, FENCE);
}

/** The tables that refuse writes now. */
export function fencedTables(client: Client) {
  return tablesWith(client, FENCE);
}
