/** Which session of which server a connection is. */
export interface ServerSession {
  /** Undefined behind a pooler, where it is another one at each transaction. */
  readonly pid: number | undefined;
  /** When the server was started, in its own words: no two servers, nor two lives of one, have the same. */
  readonly startedAt: string;
  /** What a server has in common with its standbys, and with nobody else. */
  readonly system: string;
  /** Which of the server's databases it is, whatever its name. */
  readonly database: string;
  readonly isStandby: boolean;
  /** The one that it writes its log on; a standby writes none. */
  readonly timeline: number | null;
}

/**
 * SQL: the timeline of a server that takes writes, by its log. Not every login may ask what is on the disk, where the first
 * checkpoint behind a promotion moves the new timeline from one place to another, between which a question may come.
 */
const TIMELINE = `CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN
    ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8))::bit(32)::int END`;

/** Which database it is: the same on a server and on its standbys. */
export type DatabaseIdentity = Pick<ServerSession, 'system' | 'database'>;

const IDENTITY = `
  pg_catalog.pg_backend_pid() AS pid, pg_catalog.pg_postmaster_start_time()::text AS "startedAt",
  (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS system,
  (SELECT oid::text FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AS database,
  pg_catalog.pg_is_in_recovery() AS "isStandby", ${TIMELINE} AS timeline`;

/** Asks a session which one it is. */
export const WHICH_SESSION = `SELECT ${IDENTITY}`;

/** Asks a server who it is, and which of some sessions it has. */
export const WHO_LIVES = `
  /* vatevo signs of life */ SELECT ${IDENTITY}, ARRAY(SELECT pid FROM pg_catalog.pg_stat_activity WHERE pid = ANY($1)) AS "living"`;

/** What a server says of itself, and which of the sessions that were named it has. */
export interface Living extends ServerSession {
  readonly living: readonly number[];
}

/** Whether a pooler gives the next transaction to another session, and maybe to another server. */
export function isPooled(session: ServerSession | undefined): boolean {
  return session !== undefined && session.pid === undefined;
}

/** Whether the session is over by the word of a server: its own one, or the one that took over from that. */
export function hasEnded({ pid, startedAt, system, isStandby }: ServerSession, answer: Living): boolean {
  if (answer.startedAt === startedAt) return pid !== undefined && !answer.living.includes(pid);
  // Of one system only one server takes writes at a time; of its standbys, and of shards, there may be many.
  return answer.system === system && !isStandby && !answer.isStandby;
}
