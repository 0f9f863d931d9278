import { setTimeout as sleep } from 'node:timers/promises';
import type { PgClient } from '@vatevo/connection';
import { APP_ROLE } from '../roles/roles.ts';

/** Milliseconds for which a lock is held until it is told of: those of migrations and clean-ups come and go. */
const HELD_MS = 1000;
const LOOK_EVERY_MS = 100;

/**
 * Locks that hold up the requests of more than one tenant.
 *
 * 1. On a table of theirs, or a sequence of one: held, or only asked for, as whoever asks later waits behind. They are seen
 *    although nobody waits yet.
 * 2. On rows of tenants, for which every write of theirs asks: seen by those who wait for them. One row holds up nobody else,
 *    so it counts only where there is no other tenant. What a session of ours holds ends by itself.
 */
const LOCKS = `
  WITH locks AS MATERIALIZED (
    SELECT l.* FROM pg_catalog.pg_locks AS l
    WHERE l.database IS NULL OR l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  ), relations AS (
    SELECT c.oid, c.relname, c.relkind, t.oid AS of
    FROM pg_catalog.pg_class AS c
    LEFT JOIN pg_catalog.pg_depend AS d ON c.relkind = 'S' AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
    JOIN pg_catalog.pg_class AS t ON t.oid = coalesce(d.refobjid, c.oid) AND t.relkind IN ('r', 'p')
    JOIN pg_catalog.pg_roles AS r ON r.rolname = '${APP_ROLE}' AND pg_catalog.has_any_column_privilege(r.oid, t.oid, 'SELECT')
  ), found AS (
    SELECT CASE r.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind, r.relname AS name, l.mode, l.granted, l.pid,
      l.virtualtransaction AS "heldBy"
    FROM locks AS l JOIN relations AS r ON r.oid = l.relation
    WHERE l.locktype = 'relation'
      AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    UNION ALL
    SELECT 'rows', 'tenants', 'row locks', true, held.pid, held.virtualtransaction
    FROM locks AS waits
    JOIN locks AS held ON held.locktype = 'transactionid' AND held.transactionid = waits.transactionid AND held.granted
    JOIN locks AS at ON at.locktype = 'tuple' AND at.pid = waits.pid AND at.granted AND at.relation = to_regclass('public.tenants')
    WHERE waits.locktype = 'transactionid' AND NOT waits.granted
    GROUP BY held.pid, held.virtualtransaction
    HAVING count(DISTINCT (at.page, at.tuple)) > 1 OR (
      SELECT greatest(c.reltuples, pg_catalog.pg_stat_get_live_tuples(c.oid)) FROM pg_catalog.pg_class AS c
      WHERE c.oid = min(at.relation)) < 2
  )
  SELECT f.*, a.application_name AS "by"
  FROM found AS f LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = f.pid
  WHERE f.kind <> 'rows' OR f.pid IS NULL
    OR (a.usename, a.application_name) IS DISTINCT FROM (session_user, pg_catalog.current_setting('application_name'))
  ORDER BY f.granted DESC`;

interface HeldLock {
  readonly kind: 'table' | 'sequence' | 'rows';
  readonly name: string;
  readonly mode: string;
  /** false: it is waited for. */
  readonly granted: boolean;
  /** null: a prepared transaction. */
  readonly pid: number | null;
  readonly heldBy: string;
  readonly by: string | null;
}

/** Which lock that holds up requests somebody holds and does not give back, in a sentence; undefined when nobody does. */
export async function findHeldLock(client: PgClient): Promise<string | undefined> {
  const since = performance.now();
  let held: readonly HeldLock[] | undefined;
  for (;;) {
    const { rows } = await client.query<HeldLock>(LOCKS);
    held = held === undefined ? rows : rows.filter((lock) => held?.some((before) => isSame(lock, before)));
    const [first] = held;
    if (first === undefined) return undefined;
    if (performance.now() - since >= HELD_MS) return sentence(first);
    await sleep(LOOK_EVERY_MS);
  }
}

function isSame(one: HeldLock, other: HeldLock): boolean {
  return (
    one.kind === other.kind &&
    one.name === other.name &&
    one.mode === other.mode &&
    one.heldBy === other.heldBy
  );
}

function sentence({ kind, name, mode, granted, pid, by }: HeldLock): string {
  const what = kind === 'table' && mode === 'AccessExclusiveLock' ? 'reads and writes' : 'writes';
  const lock = kind === 'rows' ? `rows of table "${name}" locked` : `${kind} "${name}" locked (${mode})`;
  if (pid === null) {
    return `A prepared transaction keeps ${lock}, for which ${what} wait: end it (pg_prepared_xacts).`;
  }
  const who = `The server's process ${pid}${by ? ` (${by})` : ''}`;
  const next = `wait for it, or end it with pg_terminate_backend(${pid}).`;
  if (granted) return `${who} keeps ${lock}, for which ${what} wait: ${next}`;
  return `${who} waits to get ${lock}, and ${what} wait behind it: end what it waits for (pg_blocking_pids(${pid})); or ${next}`;
}
