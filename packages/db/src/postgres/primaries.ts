import { avoid, ConnectionError, describeTarget, type PostgresTarget } from '@vatevo/connection';
import type { PooledClient } from './pooled-client.ts';

/**
 * The primaries that a pool has seen. A promotion begins a newer timeline; the primary of before may go on, or come back, and take
 * writes that nobody would see again. So who has seen a newer one does not go back.
 */
export class Primaries {
  readonly #target: PostgresTarget;
  readonly #open: ReadonlySet<PooledClient>;
  /** The newest timeline, by what a server has in common with its standbys. */
  readonly #newest = new Map<string, number>();

  /** @param open the connections of the pool, now and later */
  constructor(target: PostgresTarget, open: ReadonlySet<PooledClient>) {
    this.#target = target;
    this.#open = open;
  }

  /** Why a connection is not to be used: it leads to a primary of the past. Those that do when a newer one is seen are cut. */
  pastOf(client: PooledClient): ConnectionError | undefined {
    const { session } = client;
    const { system, timeline } = session ?? {};
    if (system === undefined || timeline == null) return undefined;
    const newest = this.#newest.get(system) ?? 0;
    if (timeline < newest) {
      const { connectedTo } = client;
      avoid(connectedTo);
      return new ConnectionError(
        'read-only',
        `${connectedTo.host}:${connectedTo.port} of ${describeTarget(this.#target)} is on timeline ${timeline}, and a server that was promoted since is on ${newest}: make it a standby of that, or stop it. Where it was restored on purpose, restart this process.`,
      );
    }
    if (timeline > newest) {
      this.#newest.set(system, timeline);
      for (const other of this.#open) {
        const past = this.pastOf(other);
        if (past) other.cut(past);
      }
    }
    return undefined;
  }

  /** Whether a connection stays open, once it is known where it leads. */
  async keeps(client: PooledClient): Promise<boolean> {
    await client.refusal;
    return this.pastOf(client) === undefined;
  }
}
