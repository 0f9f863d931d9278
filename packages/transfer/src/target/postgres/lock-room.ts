import type { ClientBase } from 'pg';
import { quoteQualified } from '../../quote.ts';
import type { TargetName } from '../target.ts';
import { WITH_PARTITIONS } from './partitions.ts';

/** $1: the tables. `held`: they and their partitions, the tables at the other ends of foreign keys, and the indexes of all. */
const HELD = `
  WITH written AS (${WITH_PARTITIONS}),
  foreign_key AS (
    SELECT k.oid, k.conrelid, k.confrelid FROM pg_constraint k
    WHERE k.contype = 'f' AND (k.conrelid IN (SELECT oid FROM written) OR k.confrelid IN (SELECT oid FROM written))),
  relation AS (
    SELECT oid FROM written UNION SELECT conrelid FROM foreign_key UNION SELECT confrelid FROM foreign_key),
  held AS (
    SELECT 'pg_class'::regclass::oid AS class, oid FROM relation
    UNION SELECT 'pg_class'::regclass, x.indexrelid FROM pg_index x WHERE x.indrelid IN (SELECT oid FROM relation))`;

/**
 * To begin a run drops keys, and foreign keys with their triggers. To take one back empties the TOAST tables, too; to begin a
 * move once more that went back does both, and drops its triggers with their functions.
 */
const TO_BEGIN = `${HELD}, key AS (
    SELECT oid FROM foreign_key
    UNION SELECT k.oid FROM pg_constraint k WHERE k.contype IN ('p', 'u', 'x') AND k.conrelid = ANY ($1::regclass[]))
  SELECT (SELECT count(*) FROM held) + (SELECT count(*) FROM key)
         + (SELECT count(*) FROM pg_trigger WHERE tgconstraint IN (SELECT oid FROM foreign_key))
         + (SELECT count(*) * 2 FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM written))
         + (SELECT count(*) * 2 FROM pg_class WHERE reltoastrelid <> 0 AND oid IN (SELECT oid FROM written)) AS locks`;

/** To drop a table drops everything that is part of it, or of that. */
const TO_DROP = `${HELD.replace('WITH', 'WITH RECURSIVE')}, dropped AS (
    SELECT class, oid FROM held
    UNION SELECT d.classid, d.objid FROM dropped JOIN pg_depend d ON d.refclassid = dropped.class AND d.refobjid = dropped.oid
    WHERE d.deptype IN ('a', 'i'))
  SELECT count(*) AS locks FROM dropped`;

/**
 * Locks of one transaction beside those of its tables: of catalogs, and of the ledger where it is made. Twice what was seen.
 */
const BESIDE = 150;

/**
 * How many locks one transaction of a run holds at the most.
 *
 * @param made whether the tables were created for the run, and are dropped where it does not begin
 */
export async function locksNeeded(
  client: ClientBase,
  tables: readonly TargetName[],
  made = false,
): Promise<number> {
  const of = [tables.map(quoteQualified)];
  const { rows: begin } = await client.query<{ locks: string }>(TO_BEGIN, of);
  const { rows: drop } = made ? await client.query<{ locks: string }>(TO_DROP, of) : { rows: [] };
  return BESIDE + Math.max(...[...begin, ...drop].map(({ locks }) => Number(locks)));
}

/** The room is PostgreSQL's own sum (NLOCKENTS, MaxBackends: two more for processes of the server's). */
const ROOM = `
  SELECT sessions, sessions * current_setting('max_locks_per_transaction')::bigint AS room,
         (SELECT count(DISTINCT (locktype, database, relation, page, tuple, virtualxid, transactionid::text, classid, objid, objsubid))
          FROM pg_locks WHERE NOT fastpath AND pid IS DISTINCT FROM pg_backend_pid()) AS taken
  FROM (SELECT sum(coalesce(current_setting(name, true)::bigint, 0)) + 2 AS sessions
        FROM unnest('{max_connections,max_prepared_transactions,max_worker_processes,max_wal_senders}'::text[]
                    || CASE WHEN current_setting('autovacuum_worker_slots', true) IS NULL THEN 'autovacuum_max_workers'
                            ELSE 'autovacuum_worker_slots' END) AS name) AS summed`;

/** More than is needed, since others lock things meanwhile. */
const RECOMMENDED = 1.5;

/** What to do where the server has no room for the locks of a run; undefined where it has. */
export async function tooFewLocks(
  client: ClientBase,
  tables: readonly TargetName[],
  made = false,
): Promise<string | undefined> {
  const needed = await locksNeeded(client, tables, made);
  const { rows } = await client.query<Record<'sessions' | 'room' | 'taken', string>>(ROOM);
  const [sessions, room, taken] = [rows[0]?.sessions, rows[0]?.room, rows[0]?.taken].map(Number) as [
    number,
    number,
    number,
  ];
  if (needed + taken <= room) return undefined;
  const enough = Math.ceil(((needed + taken) * RECOMMENDED) / sessions);
  return `the server has room for ${room} locks, of which others hold ${taken}, and ${tables.length} tables with their indexes and keys take up to ${needed} at once: ALTER SYSTEM SET max_locks_per_transaction = ${enough}, and restart the server`;
}
