import { setTimeout as sleep } from 'node:timers/promises';
import { describeTarget, type PostgresTarget } from '@vatevo/connection';
import type { ReplicaStats } from '../db-client.ts';
import type { DbObserver, ReadFrom } from '../observer.ts';
import { parseLsn } from '../position.ts';
import type { ConnectionPool, LentClient } from './pool.ts';
import type { PrimaryPlace } from './primary-position.ts';
import type { DatabaseIdentity } from './server-session.ts';

/** Asks a server whether it is a standby, and how far it has replayed. */
const REPLAYED = `
  SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.pg_last_wal_replay_lsn()`;

/**
 * Asks a standby for its timeline, as far as it has noted that on its disk. It may be late to note the next one, and never
 * notes one that it is not on. (The timeline of what is being received is for superusers to see.)
 */
const TIMELINE = `
  SELECT greatest(timeline_id, (SELECT min_recovery_end_timeline FROM pg_catalog.pg_control_recovery()))
  FROM pg_catalog.pg_control_checkpoint()`;

/** Milliseconds until a replica that did not answer is asked again; it doubles. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** Milliseconds between two questions for the timeline, where it is another one than the primary's. */
const TIMELINE_AGAIN_MS = 1_000;

/** What a connection's server is known to be on. */
interface KnownTimeline {
  readonly timeline: number;
  readonly at: number;
}

/** One replica, and whether it can be read from. */
export class Replica {
  readonly #pool: ConnectionPool;
  readonly #target: PostgresTarget;
  /** Milliseconds in which a read must be answered. */
  readonly #timeoutMs: number;
  /** By connection: behind one name there may be several servers. */
  readonly #timelines = new WeakMap<LentClient, KnownTimeline>();
  readonly #closing = new AbortController();
  #isUp = true;
  readonly #observer: DbObserver;
  /** Bytes of the log that it was behind what was needed, when it was asked last. */
  #behind = 0n;
  /** Why it was not to be read from, whatever its log is, when it was asked last. */
  #fault: string | undefined;

  constructor(pool: ConnectionPool, target: PostgresTarget, timeoutMs: number, observer: DbObserver) {
    this.#pool = pool;
    this.#target = target;
    this.#timeoutMs = timeoutMs;
    this.#observer = observer;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get stats(): ReplicaStats {
    return { replica: describeTarget(this.#target), isUp: this.#isUp, behindBytes: Number(this.#behind) };
  }

  /** What `read` gives, if the server has replayed what is needed; else why the primary has to be asked. Never rejects. */
  async read<T>(
    needed: PrimaryPlace,
    read: (client: LentClient) => Promise<T>,
  ): Promise<{ readonly answer: T } | Exclude<ReadFrom, 'replica'>> {
    let timer: NodeJS.Timeout | undefined;
    // Not a sleep that is aborted: an error for each read takes ten times as long.
    const tooLate = new Promise<'primary-lost'>((resolve) => {
      timer = setTimeout(resolve, this.#timeoutMs, 'primary-lost');
    });
    const asked = this.#pool.lend((client) => this.#readOn(client, needed, read), this.#timeoutMs);
    try {
      const found = await Promise.race([asked, tooLate]);
      if (found === 'primary-lost') this.#giveUp();
      return found;
    } catch {
      // Whatever it is, a conflict with replay among it: the primary gives the answer, or the error.
      this.#giveUp();
      return 'primary-lost';
    } finally {
      clearTimeout(timer);
      asked.catch(() => undefined);
    }
  }

  async #readOn<T>(
    client: LentClient,
    { position: needed, of }: PrimaryPlace,
    read: (client: LentClient) => Promise<T>,
  ): Promise<{ readonly answer: T } | 'primary-behind' | 'primary-unfit'> {
    const fault = strangeness(client.session, of);
    if (fault !== undefined) return this.#refuse(fault);
    if (!(await this.#isOn(client, needed.timeline))) return 'primary-behind';
    client.sendAtOnce();
    // In a statement of its own: what is read after it sees at least as much.
    const [replayed, answered] = await Promise.allSettled([client.queryPrinted(REPLAYED, []), read(client)]);
    if (replayed.status === 'rejected') throw replayed.reason;
    const [isStandby, text] = replayed.value[0] as [string, string | null];
    if (isStandby !== 't') return this.#refuse('it is no standby');
    this.#fault = undefined;
    if (text === null) return 'primary-behind';
    const lsn = parseLsn(text);
    this.#behind = lsn < needed.lsn ? needed.lsn - lsn : 0n;
    if (lsn < needed.lsn) return 'primary-behind';
    if (answered.status === 'rejected') throw answered.reason;
    return { answer: answered.value };
  }

  /** It may have become what it should be when it is asked next. */
  #refuse(fault: string): 'primary-unfit' {
    if (this.#fault !== fault) {
      this.#observer.replicaRefused?.(
        `The replica ${describeTarget(this.#target)} in POSTGRES_REPLICA_URLS is not read from: ${fault}. Name a standby of the server in POSTGRES_URL, with the same database.`,
      );
    }
    this.#fault = fault;
    return 'primary-unfit';
  }

  /** A server that was on the primary's timeline once has not left it for an older one. */
  async #isOn(client: LentClient, timeline: number): Promise<boolean> {
    const known = this.#timelines.get(client);
    if (known?.timeline === timeline) return true;
    if (known && performance.now() - known.at < TIMELINE_AGAIN_MS) return false;
    const [row] = await client.queryPrinted(TIMELINE, []);
    const found = { timeline: Number(row?.[0]), at: performance.now() };
    this.#timelines.set(client, found);
    return found.timeline === timeline;
  }

  /** Leaves it alone until it answers. */
  #giveUp(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    const { signal } = this.#closing;
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      const asked = this.#pool.lend((client) => client.queryPrinted(REPLAYED, []), this.#timeoutMs);
      this.#isUp = await asked.then(
        () => true,
        () => false,
      );
      if (this.#isUp) return;
    }
  }

  async close(timeoutMs: number): Promise<void> {
    this.#closing.abort();
    await this.#pool.close(timeoutMs);
  }
}

/** What keeps a server from being a replica of a database, however far its log is; undefined when it may be one. */
function strangeness(
  found: DatabaseIdentity | undefined,
  { system, database }: DatabaseIdentity,
): string | undefined {
  if (found === undefined) return 'it does not tell which cluster it belongs to';
  if (found.system !== system) return 'it belongs to another cluster than the primary';
  return found.database === database ? undefined : 'it is another database of the cluster';
}
