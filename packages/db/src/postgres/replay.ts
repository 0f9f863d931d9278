import { parseLsn } from '../position.ts';
import type { LentClient } from './pool.ts';
import type { PrintedRow } from './printed-query.ts';
import { isPooled, type ServerSession, WHICH_SESSION } from './server-session.ts';

/**
 * Asks a server whether it is a standby, how far it has replayed, and which timeline it receives, which only roles with the
 * rights of pg_read_all_stats are told.
 */
export const REPLAYED = `
  SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.pg_last_wal_replay_lsn(),
    (SELECT received_tli FROM pg_catalog.pg_stat_get_wal_receiver())`;

/** Asks a standby for the timeline that it has noted on its disk: it may be late, and never notes one that it is not on. */
const TIMELINE = `
  SELECT greatest(timeline_id, (SELECT min_recovery_end_timeline FROM pg_catalog.pg_control_recovery()))
  FROM pg_catalog.pg_control_checkpoint()`;
const WHO_AND_TIMELINE = `${WHICH_SESSION}, (${TIMELINE})`;

/** Milliseconds between two questions for the timeline: a standby may turn to another primary while connections to it stay. */
const TIMELINE_AGAIN_MS = 1_000;

/** In any other isolation the read would see what was there before the question was answered. */
const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY';

/** What a server said of itself in front of a read. */
export interface Replayed<T> {
  /** Undefined where the server does not tell. */
  readonly server: Pick<ServerSession, 'startedAt' | 'system' | 'database'> | undefined;
  readonly isStandby: boolean;
  /** Undefined where nothing was replayed yet. */
  readonly lsn: bigint | undefined;
  readonly timeline: number;
  readonly read: PromiseSettledResult<T>;
}

/** Asks servers where they are, in front of a read and in the same packet. */
export class ReplayQuestions {
  /** By connection: behind one name there may be several servers. */
  readonly #timelines = new WeakMap<LentClient, { readonly timeline: number; readonly at: number }>();

  ask<T>(client: LentClient, read: (client: LentClient) => Promise<T>): Promise<Replayed<T>> {
    client.sendAtOnce();
    return isPooled(client.session) ? this.#askPooler(client, read) : this.#askServer(client, read);
  }

  async #askServer<T>(client: LentClient, read: (client: LentClient) => Promise<T>): Promise<Replayed<T>> {
    const known = this.#timelines.get(client);
    const isFresh = known !== undefined && performance.now() - known.at < TIMELINE_AGAIN_MS;
    const noted = isFresh ? known.timeline : client.queryPrinted(TIMELINE, []).then(numberOf);
    // In a statement of its own: what is read after it sees at least as much.
    const asked = Promise.all([noted, client.queryPrinted(REPLAYED, [])]);
    const [place, answered] = await Promise.allSettled([asked, read(client)]);
    if (place.status === 'rejected') throw place.reason;
    const [timeline, rows] = place.value;
    if (!isFresh) this.#timelines.set(client, { timeline, at: performance.now() });
    return { server: client.session, ...replayOf(rows, timeline), read: answered };
  }

  /**
   * A pooler may give what is behind the end of a transaction to another server, even where it was sent in one packet, as
   * networks cut packets; so all of it is one transaction, in which the server says who it is as well.
   */
  async #askPooler<T>(client: LentClient, read: (client: LentClient) => Promise<T>): Promise<Replayed<T>> {
    const begun = client.command(BEGIN);
    const said = [WHO_AND_TIMELINE, REPLAYED].map((text) => client.queryPrinted(text, []));
    const asked = Promise.all([begun, ...said]);
    const reading = read(client);
    const [place, answered, ended] = await Promise.allSettled([asked, reading, client.command('COMMIT')]);
    if (place.status === 'rejected') throw place.reason;
    if (ended.status === 'rejected') throw ended.reason;
    const [, which, rows] = place.value as [unknown, PrintedRow[], PrintedRow[]];
    const [, startedAt, system, database, , , noted] = which[0] as readonly string[];
    const server = startedAt && system && database ? { startedAt, system, database } : undefined;
    return { server, ...replayOf(rows, Number(noted)), read: answered };
  }
}

function replayOf([row]: readonly PrintedRow[], noted: number) {
  const [isStandby, lsn, received] = row as PrintedRow;
  return {
    isStandby: isStandby === 't',
    lsn: lsn == null ? undefined : parseLsn(lsn),
    timeline: received == null ? noted : Number(received),
  };
}

function numberOf([row]: readonly PrintedRow[]): number {
  return Number(row?.[0]);
}
