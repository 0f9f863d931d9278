import { setTimeout as sleep } from 'node:timers/promises';
import {
  describeTarget,
  type PgClient,
  type PostgresTarget,
  parseConfig,
  settleHost,
  toConnectionError,
  withConnection,
} from '@vatevo/connection';
import { CommandError, ExitCode, formatBytes } from '@vatevo/shell';
import type { Run } from '../preset.ts';
import { requirePostgres, type TargetOptions } from './target.ts';

/** Milliseconds that a connection may take to be opened. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds in which a standby must have replayed what the primary had. */
const CATCH_UP = 60_000;
const PAUSE = 100;

/**
 * Where a server is in the log, and which cluster's log it is. Of a primary, behind all that is committed, whether it is
 * written yet or not. A standby tells the timeline that it receives to some roles only; what it has noted on its disk may
 * be late, and is never wrong.
 */
const PLACE = `
  SELECT (SELECT system_identifier FROM pg_control_system())::text AS cluster, pg_is_in_recovery() AS "isStandby",
    (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database,
    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END - '0/0' AS lsn,
    CASE WHEN pg_is_in_recovery()
      THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver),
        (SELECT greatest(timeline_id, (SELECT min_recovery_end_timeline FROM pg_control_recovery()))
         FROM pg_control_checkpoint()))
      ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int END AS timeline`;

interface Place {
  readonly cluster: string;
  readonly isStandby: boolean;
  /** Which of the cluster's databases it is, whatever its name. */
  readonly database: string;
  /** Each promotion begins one. */
  readonly timeline: number;
  /** In bytes; a standby that has replayed nothing yet has none. */
  readonly lsn: string | null;
}

/**
 * The database that a command reads: a standby with `--from-replica`, else the one that the environment names; of several hosts
 * the one that will do now.
 *
 * @throws ConfigurationError, ConnectionError
 * @throws CommandError exit code 2 when no replica is named, 4 when none has what the primary has
 */
export async function readableTarget(run: Run, options: TargetOptions): Promise<PostgresTarget> {
  const primary = requirePostgres(run, options);
  if (options.fromReplica) return chooseReplica(run, primary, options);
  return settleHost(primary, { timeoutMs: CONNECT_TIMEOUT });
}

/**
 * The first replica that has all that the primary had when this was called. Replay is waited for: a proof or a backup of what
 * was a moment ago would be one of another database.
 */
async function chooseReplica(
  run: Run,
  primary: PostgresTarget,
  { urlEnv }: TargetOptions,
): Promise<PostgresTarget> {
  const replicas = urlEnv === undefined ? (parseConfig(run.env).replicas?.targets ?? []) : [];
  if (replicas.length === 0) {
    throw new CommandError(
      ExitCode.usage,
      urlEnv === undefined
        ? '--from-replica needs a standby, and POSTGRES_REPLICA_URLS names none.'
        : `--from-replica is for the replicas of POSTGRES_URL, and this is about ${urlEnv}: set that to the standby itself, or leave one of the two out.`,
    );
  }
  for (const replica of replicas)
    run.protect(replica.password ?? run.env.PGPASSWORD, describeTarget(replica));
  return run.report.step('Choose a replica', async (step) => {
    const needed = await placeOf(primary);
    if (needed.isStandby || needed.lsn === null) {
      throw new CommandError(
        ExitCode.notReady,
        `${describeTarget(primary)} is a standby itself, so nobody says how far a replica has to be.`,
        {
          remedy: ['Set POSTGRES_URL to the primary; or leave --from-replica out to read this one as it is.'],
        },
      );
    }
    const reasons: string[] = [];
    for (const replica of replicas) {
      const found: CaughtUp = await catchUp(replica, primary, needed, run).catch(unlessAborted(run.signal));
      if (found.server !== undefined) {
        step.detail(`${describeTarget(found.server)}, ${lag(found.behind)}`);
        return found.server;
      }
      reasons.push(`${describeTarget(replica)}: ${found.reason}`);
    }
    throw new CommandError(ExitCode.notReady, 'No replica holds what the primary does.', {
      remedy: [...reasons, 'Fix one of them, or read the primary: leave --from-replica out.'],
    });
  });
}

const lag = (behind: bigint) =>
  behind === 0n ? 'not behind' : `was ${formatBytes(Number(behind))} of the log behind`;

type CaughtUp =
  | { readonly server: PostgresTarget; readonly behind: bigint }
  | { readonly server?: undefined; readonly reason: string };

/** The very server of a replica's hosts that is far enough, and how far it was behind; or why none is to be read from. */
async function catchUp(
  replica: PostgresTarget,
  primary: PostgresTarget,
  { cluster, database, timeline, lsn }: Place,
  { signal, report }: Run,
): Promise<CaughtUp> {
  const follow = async (client: PgClient) => {
    const deadline = performance.now() + CATCH_UP;
    let reached = 0n;
    const missing = async () => {
      const place = await ask(client);
      if (place.cluster !== cluster) throw new Unfit('it is no standby of this primary');
      if (place.database !== database) throw new Unfit('it is another database of this cluster');
      if (!place.isStandby) throw new Unfit('it is no standby, or not any more');
      if (place.timeline !== timeline) {
        throw new Unfit(
          `it is on timeline ${place.timeline}, and the primary on ${timeline}: it follows a server that is no primary any more, or has not noted the new timeline (CHECKPOINT on it has it noted)`,
        );
      }
      reached = BigInt(place.lsn ?? 0);
      return BigInt(lsn ?? 0) - reached;
    };
    const first = await missing();
    if (first > 0n) report.note(`waiting: the replica is ${formatBytes(Number(first))} of the log behind`);
    for (let left = first; left > 0n; left = await missing()) {
      if (performance.now() > deadline) {
        throw new Unfit(
          `it is ${formatBytes(Number(left))} of the log behind, and was not there in ${CATCH_UP / 1000} s (see pg_stat_replication, and whether replay is paused)`,
        );
      }
      await sleep(PAUSE, undefined, { signal });
    }
    if (reached > BigInt((await placeOf(primary)).lsn ?? 0)) {
      throw new Unfit(
        'it has a log that the primary never wrote, so it follows another server: set it up again as a standby of the primary',
      );
    }
    return { server: replica.with(client.connectedTo), behind: first < 0n ? 0n : first };
  };
  return withConnection(replica, follow, { timeoutMs: CONNECT_TIMEOUT });
}

class Unfit extends Error {}

/** A replica that cannot be read is passed over, whatever it is. */
const unlessAborted = (signal: AbortSignal) => (error: unknown) => {
  signal.throwIfAborted();
  return { reason: (error as Error).message };
};

async function placeOf(target: PostgresTarget): Promise<Place> {
  try {
    return await withConnection(target, ask, { timeoutMs: CONNECT_TIMEOUT });
  } catch (error) {
    throw toConnectionError(error, target);
  }
}

async function ask(client: PgClient): Promise<Place> {
  const { rows } = await client.query<Place>(PLACE);
  return rows[0] as Place;
}
