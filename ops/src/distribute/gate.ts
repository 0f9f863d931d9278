import { setTimeout as sleep } from 'node:timers/promises';
import { connect, leave, type PgClient, type PostgresTarget } from '@vatevo/connection';

/** Who holds it, in `pg_stat_activity`. */
const NAME = 'vatevo-ops gate';

/** Milliseconds between two looks at what the switch is at. */
const POLL_MS = 25;

/** Settings of the session that switches: it ends within seconds when this process does, and nothing is switched then. */
const ENDS_WITH_US = [
  "SET client_connection_check_interval = '1s'",
  'SET tcp_keepalives_idle = 5',
  'SET tcp_keepalives_interval = 1',
  'SET tcp_keepalives_count = 3',
];

/** The one that keeps the gate ends later, so that nobody goes through it unseen. */
const ENDS_LATER = ["SET client_connection_check_interval = '60s'"];

/** A statement that is about to make other parts of a table those that count. */
export interface Switch {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** The table's part as long as it is one. */
  readonly shard: string;
}

export interface Switched {
  /** For how long nobody could write to the table. */
  readonly blockedMs: number;
}

/**
 * Ends the sessions that a run which was killed has left behind. Call it with the lock of runs in hand.
 */
export async function endLeftGates(client: PgClient): Promise<void> {
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()',
    [NAME],
  );
}

/**
 * Runs a switch, and holds it at the moment when nobody can write to the table, all rows have arrived, and nothing is
 * decided: it has to change a table of the cluster's catalog that another session of ours has locked. Then `prove` is called.
 * When it rejects, the switch is cancelled, and the table is what it was.
 *
 * @param client watches, beside the two sessions that are opened here
 */
export async function holdAtSwitch(
  target: PostgresTarget,
  client: PgClient,
  { sql, values, shard }: Switch,
  prove: () => Promise<void>,
  signal: AbortSignal,
): Promise<Switched> {
  const open = (applicationName: string) => connect(target, { applicationName });
  const switcher = await open('vatevo-ops');
  const keeper = await open(NAME);
  const [switching, keeping] = [pidOf(switcher), pidOf(keeper)];
  try {
    for (const setting of ENDS_WITH_US) await switcher.query(setting);
    for (const setting of ENDS_LATER) await keeper.query(setting);
    await keeper.query('BEGIN');
    // No row of it: whoever has a transaction's number keeps the server from following its log.
    await keeper.query('LOCK TABLE pg_catalog.pg_dist_shard IN SHARE MODE');
    // At work, so that it stays when this process is killed.
    const kept = watch(keeper.query("SELECT pg_sleep_for('1 day')"));
    const switched = watch(switcher.query(sql, [...values]));
    let blockedSince: number | undefined;
    try {
      for (let waits = false; !waits; await sleep(POLL_MS)) {
        if (switched.isOver) {
          await switched.promise;
          throw new Error('The cluster has switched without having been let through.');
        }
        if (kept.isOver) throw new Error('The session that keeps the gate of the switch was ended.');
        signal.throwIfAborted();
        const { rows } = await client.query<Stands>(STANDS, [switching, keeping, shard]);
        if (rows[0]?.blocks) blockedSince ??= performance.now();
        waits = rows[0]?.waits === true;
      }
      await prove();
    } catch (error) {
      // Again and again, as a session that has not begun yet is not cancelled.
      for (; !switched.isOver; await sleep(POLL_MS)) {
        await client.query('SELECT pg_cancel_backend($1::int)', [switching]);
      }
      throw error;
    }
    await client.query('SELECT pg_cancel_backend($1::int)', [keeping]);
    await switched.promise;
    return { blockedMs: performance.now() - (blockedSince ?? performance.now()) };
  } finally {
    await client.query('SELECT pg_terminate_backend($1::int)', [keeping]).catch(() => undefined);
    leave(switcher);
    leave(keeper);
  }
}

interface Watched<T> {
  readonly promise: Promise<T>;
  isOver: boolean;
}

/** A promise that can be looked at; whoever wants to know how it ended awaits it. */
function watch<T>(promise: Promise<T>): Watched<T> {
  const watched = { promise, isOver: false };
  const over = () => {
    watched.isOver = true;
  };
  promise.then(over, over);
  return watched;
}

interface Stands {
  readonly blocks: boolean;
  readonly waits: boolean;
}

/** Whether writers to the part wait, and whether the switch waits for the gate. */
const STANDS = `
  SELECT $2::int = ANY (pg_blocking_pids($1)) AS waits,
    EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND granted AND locktype = 'advisory' AND mode = 'ExclusiveLock'
      AND objid::bigint = ($3::bigint & 4294967295) AND classid::bigint = ($3::bigint >> 32) AND objsubid = 4) AS blocks`;

function pidOf(client: PgClient): number {
  return (client as unknown as { readonly processID: number }).processID;
}
