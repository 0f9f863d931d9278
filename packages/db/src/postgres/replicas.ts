import type { PoolSettings, PostgresTarget, ReplicaSettings } from '@vatevo/connection';
import type { ReplicaStats } from '../db-client.ts';
import type { DbObserver, ReadFrom } from '../observer.ts';
import { formatPosition, furthest, type Position } from '../position.ts';
import { ConnectionPool, type LentClient } from './pool.ts';
import { PrimaryPositions } from './primary-position.ts';
import { Replica } from './replica.ts';

/** Milliseconds for which a tenant's last write is remembered: a replica that is further behind is not read from. */
const REMEMBERED_MS = 10_000;

/** A tenant's last write, as far as this client made it. */
interface LastWrite {
  readonly at: number;
  /** Undefined when it is not known: it can be read on the primary alone. */
  readonly position: Position | undefined;
}

/**
 * Reads of tenants from replicas, none of which is ever older than what the tenant wrote before through this client, or
 * knows of by a position that is given; nor further behind than `DB_REPLICA_MAX_LAG_MS`.
 *
 * A read asks the replica how far it has replayed, in the same packet and in front of its own statement. When that is not
 * far enough, or not the timeline of the primary, or there is no answer, it goes to the primary at once.
 */
export class Replicas {
  readonly #replicas: readonly Replica[];
  readonly #primary: PrimaryPositions;
  readonly #observer: DbObserver;
  readonly #lastWrites = new Map<number, LastWrite>();
  #turn = 0;

  constructor(
    { targets, maxLagMs }: ReplicaSettings,
    primary: ConnectionPool,
    pool: PoolSettings,
    observer: DbObserver,
  ) {
    const open = (target: PostgresTarget) =>
      new Replica(new ConnectionPool(target, pool, observer), target, maxLagMs, observer);
    this.#replicas = targets.map(open);
    this.#primary = new PrimaryPositions(primary, maxLagMs);
    this.#observer = observer;
  }

  /** Notes a write of a tenant's. */
  wrote(tenantId: number, position: Position | undefined): void {
    const at = performance.now();
    // Entries stand in the order of their times.
    this.#lastWrites.delete(tenantId);
    this.#lastWrites.set(tenantId, { at, position });
    for (const [other, last] of this.#lastWrites) {
      if (at - last.at < REMEMBERED_MS) break;
      this.#lastWrites.delete(other);
    }
  }

  /** The text of the position of a tenant's last write, while it is remembered and known. */
  lastWrite(tenantId: number): string | undefined {
    const last = this.#remembered(tenantId);
    return last?.position && formatPosition(last.position);
  }

  #remembered(tenantId: number): LastWrite | undefined {
    const last = this.#lastWrites.get(tenantId);
    return last !== undefined && performance.now() - last.at < REMEMBERED_MS ? last : undefined;
  }

  /**
   * What `read` gives on a replica that is far enough; undefined where the primary has to be asked.
   *
   * @param read sends its statements in one go, and has no effect on the database
   */
  async read<T>(
    tenantId: number,
    after: Position | undefined,
    read: (client: LentClient) => Promise<T>,
  ): Promise<{ readonly answer: T } | undefined> {
    const from = await this.#try(tenantId, after, read);
    this.#observer.tenantRead?.(typeof from === 'string' ? from : 'replica');
    return typeof from === 'string' ? undefined : from;
  }

  async #try<T>(
    tenantId: number,
    after: Position | undefined,
    read: (client: LentClient) => Promise<T>,
  ): Promise<{ readonly answer: T } | Exclude<ReadFrom, 'replica'>> {
    const recent = this.#primary.recent;
    const last = this.#remembered(tenantId);
    if (recent === undefined || (last && last.position === undefined)) return 'primary-unknown';
    const position = furthest(furthest(recent.position, last?.position), after);
    // A position of a timeline that the primary is not on is nobody's.
    if (position.timeline !== recent.position.timeline) return 'primary-unknown';
    const ready = this.#replicas.filter(({ isUp }) => isUp);
    const replica = ready[this.#turn++ % ready.length];
    if (replica === undefined) return 'primary-lost';
    return replica.read({ ...recent, position }, read);
  }

  get stats(): ReplicaStats[] {
    return this.#replicas.map((replica) => replica.stats);
  }

  async close(timeoutMs: number): Promise<void> {
    this.#primary.close();
    await Promise.all(this.#replicas.map((replica) => replica.close(timeoutMs)));
  }
}
