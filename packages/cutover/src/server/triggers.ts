import { randomBytes } from 'node:crypto';
import { isSqlState } from '@vatevo/connection';
import { FENCE_MARK } from '@vatevo/cutover-state';
import { TransferError } from '@vatevo/transfer';
import { findColumnType } from '@vatevo/transfer/column-types';
import { quoteName, quoteQualified, quoteText } from '@vatevo/transfer/plan';
import { findUser, takeLocks } from '@vatevo/transfer/postgres';
import type { Client } from 'pg';
import { SCHEMA } from './schema.ts';
import { type ServedTable, type TriggeredTable, tablesWith } from './tables.ts';

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

/** How long transactions under way are waited for, in milliseconds. */
const LOCK_TIMEOUT = 15_000;

/** The triggers by which tables of a move are known. */
const LOG = `${SCHEMA}_log`;
const TRUNCATE = `${SCHEMA}_truncate`;
const FENCE = `${SCHEMA}_fence`;
export const TRIGGERS: readonly string[] = [LOG, TRUNCATE, FENCE];

/** What the function of a fence that was lifted does. */
const PASS = 'BEGIN RETURN NULL; END';

/** Begins a log of PostgreSQL's changes, in the open transaction. */
export async function capture(client: Client, tables: readonly ServedTable[]): Promise<void> {
  await client.query(`TRUNCATE ${SCHEMA}.change, ${SCHEMA}.key_change`);
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
        IF TG_OP = 'INSERT' THEN ${log('NEW')} END IF;
        IF TG_OP = 'UPDATE' AND ${key('NEW')} <> ${key('OLD')} THEN
          ${log('NEW')}
          INSERT INTO ${SCHEMA}.key_change (tbl, was, key) VALUES (${quoteText(table.name)}, ${key('OLD')}, ${key('NEW')});
        END IF;
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

/** What {@link removeTriggers} needs a lock of: the tables that have triggers of ours, and the log. Quoted names. */
export async function triggered(client: Client): Promise<string[]> {
  const names = new Set<string>();
  for (const trigger of TRIGGERS) {
    for (const table of await tablesWith(client, trigger)) names.add(quoteQualified(table));
  }
  return [...names, `${SCHEMA}.change`, `${SCHEMA}.key_change`];
}

/**
 * Takes log, fence and their triggers away, wherever they are, in the open transaction. Whoever reads a table is in the way
 * of the lock that this takes, and then everybody else waits behind it: it must be held already.
 */
export async function removeTriggers(client: Client): Promise<void> {
  for (const trigger of TRIGGERS) {
    for (const table of await tablesWith(client, trigger)) {
      await client.query(`DROP TRIGGER ${trigger} ON ${quoteQualified(table)}`);
    }
  }
  await dropUnused(client);
  await client.query(`TRUNCATE ${SCHEMA}.change`);
}

/** Drops the functions of triggers that are gone. */
async function dropUnused(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = $1 AND (p.proname LIKE 'log\\_%' OR p.proname LIKE 'refuse\\_write%')
       AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgfoid = p.oid)`,
    [SCHEMA],
  );
  for (const { name } of rows) await client.query(`DROP FUNCTION ${name}`);
}

/**
 * Refuses every further write, in the open transaction: it waits until those under way have ended, so that
 * their lines are all in the log.
 *
 * Each fence has a function of its own, so that the triggers of one that was lifted are not of the next.
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
  const name = `${SCHEMA}.refuse_write_${randomBytes(8).toString('hex')}`;
  const pass =
    why === 'arriving' ? `IF current_setting('${MOVER}', true) = 'on' THEN RETURN NULL; END IF;` : '';
  await client.query(`
    CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${pass}
      RAISE EXCEPTION '%', ${quoteText(REFUSALS[why])} USING ERRCODE = 'read_only_sql_transaction';
    END $$`);
  // Who writes to a partition passes the triggers of its table by.
  for (const table of tables.flatMap((table) => [table, ...table.partitions])) {
    await client.query(`
      CREATE OR REPLACE TRIGGER ${FENCE} BEFORE INSERT OR UPDATE OR DELETE ON ${quoteQualified(table)}
        FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`);
  }
  await dropUnused(client);
}

/**
 * Waits until the writers of some tables have ended, and keeps others out until the open transaction ends.
 *
 * @returns the moment from which on others wait
 * @throws TransferError `locked` when one of them does not end
 */
export async function waitForWriters(client: Client, tables: readonly ServedTable[]): Promise<number> {
  if (tables.length === 0) return performance.now();
  const names = tables.map(quoteQualified);
  let taken: number | Error;
  try {
    taken = await takeLocks(client, names, 'SHARE ROW EXCLUSIVE', LOCK_TIMEOUT);
  } catch (error) {
    if (!isSqlState(error, 'undefined_table')) throw error;
    throw new TransferError(
      'wrong-state',
      `The schema of PostgreSQL was changed while this command ran (${(error as Error).message}): run the same command again.`,
      { cause: error },
    );
  }
  if (typeof taken === 'number') return taken;
  const user = await findUser(client, names, 'writes');
  throw new TransferError(
    'locked',
    `A transaction that wrote to PostgreSQL does not end, and what it wrote must not be lost${user === undefined ? '' : ` (${user})`}: end it, then run the same command again; PostgreSQL goes on serving.`,
    { cause: taken },
  );
}

/**
 * Takes writes again when the open transaction is committed. Nobody is waited for: the triggers stay until
 * {@link removeTriggers}, and what they run lets everybody pass. Dropping them would wait for who reads, and nobody could
 * write meanwhile.
 */
export async function unfence(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT p.oid::regprocedure::text AS name FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
     WHERE g.tgname = $1 AND NOT g.tgisinternal AND p.prosrc <> $2`,
    [FENCE, PASS],
  );
  for (const { name } of rows) {
    await client.query(
      `CREATE OR REPLACE FUNCTION ${name} RETURNS trigger LANGUAGE plpgsql AS ${quoteText(PASS)}`,
    );
  }
}

/** The tables that refuse writes now. */
export async function fencedTables(client: Client): Promise<TriggeredTable[]> {
  return (await tablesWith(client, FENCE)).filter(({ runs }) => runs !== PASS);
}

/** Tables that came since the others were fenced. */
export async function unfencedTables(client: Client, served: readonly ServedTable[]): Promise<ServedTable[]> {
  const fenced = new Set((await fencedTables(client)).map(({ oid }) => oid));
  return served.filter(({ oid }) => !fenced.has(oid));
}
