import { setTimeout as sleep } from 'node:timers/promises';
import { describeTarget, type PostgresTarget } from '@vatevo/connection';
import type { ReplicaStats } from '../db-client.ts';
import type { DbObserver, ReadFrom } from '../observer.ts';
import type { ConnectionPool, LentClient } from './pool.ts';
import type { PrimaryPlace } from './primary-position.ts';
import { REPLAYED, type Replayed, ReplayQuestions } from './replay.ts';
import { type DatabaseIdentity, isPooled } from './server-session.ts';

/** Milliseconds until a replica that did not answer is asked again; it doubles. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** How far a server's replay was, and when it said so. */
interface Reached {
  readonly startedAt: string;
  readonly lsn: bigint;
  readonly at: number;
}

/** One replica, and whether it can be read from. */
export class Replica {
  readonly #pool: ConnectionPool;
  readonly #target: PostgresTarget;
  /** Milliseconds in which a read must be answered. */
  readonly #timeoutMs: number;
  readonly #questions = new ReplayQuestions();
  /** What the primary has not been compared with yet. */
  #reached: Reached | undefined;
  /** Servers, by when they were started, that had replayed more than the primary of a timeline had written. */
  readonly #strangers = new Set<string>();
  #strangersTo = 0;
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
    const isUp = this.#isUp && this.#fault === undefined;
    return { replica: describeTarget(this.#target), isUp, behindBytes: Number(this.#behind) };
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
    needed: PrimaryPlace,
    read: (client: LentClient) => Promise<T>,
  ): Promise<{ readonly answer: T } | 'primary-behind' | 'primary-unfit'> {
    const { session } = client;
    // Behind a pooler it may be another server by now.
    const known = isPooled(session) ? undefined : strangeness({ server: session }, needed.of);
    if (known !== undefined) return this.#refuse(known);
    const found = await this.#questions.ask(client, read);
    const fault = strangeness(found, needed.of) ?? this.#strayed(found, needed);
    if (fault !== undefined) return this.#refuse(fault);
    this.#fault = undefined;
    const { lsn, timeline } = found;
    const { position } = needed;
    if (lsn === undefined || timeline !== position.timeline) return 'primary-behind';
    this.#behind = lsn < position.lsn ? position.lsn - lsn : 0n;
    if (lsn < position.lsn) return 'primary-behind';
    if (found.read.status === 'rejected') throw found.read.reason;
    return { answer: found.read.value };
  }

  /**
   * Says so when it has replayed what the primary has not written: it follows another server, one that was promoted beside the
   * primary, and does not come back from that before it is started again. Its timeline says so, too, where it is told.
   */
  #strayed({ server, lsn }: Replayed<unknown>, { latest }: PrimaryPlace): string | undefined {
    if (latest.timeline !== this.#strangersTo) {
      // Of a newer primary, the one that they follow, they are no strangers.
      this.#strangers.clear();
      this.#strangersTo = latest.timeline;
      this.#reached = undefined;
    }
    const reached = this.#reached;
    if (reached !== undefined && latest.at >= reached.at) {
      if (reached.lsn > latest.lsn) this.#strangers.add(reached.startedAt);
      this.#reached = undefined;
    }
    if (server === undefined || lsn === undefined) return undefined;
    this.#reached ??= { startedAt: server.startedAt, lsn, at: performance.now() };
    return this.#strangers.has(server.startedAt) ? 'it has a log that the primary never wrote' : undefined;
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
  { server, isStandby = true }: Pick<Replayed<unknown>, 'server'> & { readonly isStandby?: boolean },
  { system, database }: DatabaseIdentity,
): string | undefined {
  if (server === undefined) return 'it does not tell which cluster it belongs to';
  if (server.system !== system) return 'it belongs to another cluster than the primary';
  if (server.database !== database) return 'it is another database of the cluster';
  return isStandby ? undefined : 'it is no standby';
}
