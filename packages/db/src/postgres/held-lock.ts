import { setTimeout as sleep } from 'node:timers/promises';
import type { PgClient } from '@vatevo/connection';
import { APP_ROLE } from '../roles/roles.ts';

/** Milliseconds for which a lock is held until it is told of: those of migrations and clean-ups come and go. */
const HELD_MS = 1000;
const LOOK_EVERY_MS = 100;

/** Locks on tables that hold up the writes of requests; one of them holds up reads as well. */
const LOCKS = `
  SELECT c.relname AS "table", l.mode, l.pid, l.virtualtransaction AS "heldBy", a.application_name AS name
  FROM pg_catalog.pg_locks AS l
  JOIN pg_catalog.pg_class AS c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
  JOIN pg_catalog.pg_roles AS r ON r.rolname = '${APP_ROLE}' AND pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT')
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
  WHERE l.granted AND l.locktype = 'relation'
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`;

interface HeldLock {
  readonly table: string;
  readonly mode: string;
  /** null: a prepared transaction. */
  readonly pid: number | null;
  readonly heldBy: string;
  readonly name: string | null;
}

/** Which lock on a table of requests somebody holds and does not give back, in a sentence; undefined when nobody does. */
export async function findHeldLock(client: PgClient): Promise<string | undefined> {
  const since = performance.now();
  let held: readonly HeldLock[] | undefined;
  for (;;) {
    const { rows } = await client.query<HeldLock>(LOCKS);
    held = held === undefined ? rows : held.filter((lock) => rows.some((other) => isSame(lock, other)));
    const [first] = held;
    if (first === undefined) return undefined;
    if (performance.now() - since >= HELD_MS) return sentence(first);
    await sleep(LOOK_EVERY_MS);
  }
}

function isSame(one: HeldLock, other: HeldLock): boolean {
  return one.table === other.table && one.mode === other.mode && one.heldBy === other.heldBy;
}

function sentence({ table, mode, pid, name }: HeldLock): string {
  const what = mode === 'AccessExclusiveLock' ? 'reads and writes' : 'writes';
  if (pid === null) {
    return `A prepared transaction keeps table "${table}" locked (${mode}), for which ${what} wait: end it (pg_prepared_xacts).`;
  }
  const who = name ? `process ${pid} (${name})` : `process ${pid}`;
  return `The server's ${who} keeps table "${table}" locked (${mode}), for which ${what} wait: wait for it, or end it with pg_terminate_backend(${pid}).`;
}
