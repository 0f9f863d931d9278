import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeTarget } from '@vatevo/connection';
import { type Config, type DbClient, type DbObserver, readFileCutover, ServerCutover } from '@vatevo/db';
import type { Log } from '../log.ts';
import type { Gate, NotReady } from '../readiness/readiness.ts';
import type { FollowedDatabases } from '../settings.ts';
import { OpenedDatabase } from './opened.ts';
import { type Found, findPrimary, mayChange } from './primary.ts';
import type { ServedDatabase } from './served.ts';

/** Milliseconds until the next look at the records, by when they may tell of a hand-over. */
const PAUSE_MS = { now: 25, soon: 150, later: 1_000 } as const;
/** Longest time for one look at a record. */
const LOOK_MS = 2_000;
/** How long the old database goes on being read after a hand-over when the new one is not ready. */
const READY_MS = 5_000;

export interface FollowingParts {
  readonly follow: FollowedDatabases;
  readonly pool: Config['pool'];
  readonly observer: DbObserver;
  readonly log: Log;
}

/**
 * Serves whichever of the two databases of a cutover is the primary, in both directions.
 *
 * It only follows: that no write is taken by a database that is not the primary is ensured by the fences in the
 * databases themselves. While one is fenced it goes on answering reads; after the hand-over new requests go to the
 * other one as soon as that answers. Requests under way keep what they began with, which is closed behind them.
 */
export class FollowingDatabase implements ServedDatabase {
  readonly db: DbClient;
  readonly gate: Gate;
  readonly #parts: FollowingParts;
  readonly #server: ServerCutover;
  readonly #stopping = new AbortController();
  readonly #retired = new Set<OpenedDatabase>();
  #current: OpenedDatabase;
  /** Why nothing is served, as far as the records tell. */
  #trouble: NotReady | undefined;
  #pause: number = PAUSE_MS.soon;
  #ended: Promise<void>;

  /** Looks once, and then goes on looking. Never throws: what cannot be told yet is told by the gate. */
  static async start(parts: FollowingParts): Promise<FollowingDatabase> {
    const server = new ServerCutover(parts.follow.server);
    const { found } = await look(parts.follow, server);
    return new FollowingDatabase(parts, server, found);
  }

  private constructor(parts: FollowingParts, server: ServerCutover, found: Found) {
    this.#parts = parts;
    this.#server = server;
    this.#trouble = 'why' in found ? found.why : undefined;
    // Where nothing is served, it is the one whose health tells what is the matter.
    this.#current = this.#open(found.side === 'file' ? 'file' : 'server');
    this.db = clientOf(() => this.#current.db);
    this.gate = gateOf(
      () => this.#trouble,
      () => this.#current.gate,
    );
    this.#ended = this.#follow();
  }

  target(): Config['database'] {
    return this.#current.target;
  }

  hold(answer: ServerResponse): void {
    this.#current.hold(answer);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    this.#server.close();
    await Promise.all([this.#current, ...this.#retired].map(({ db }) => db.close()));
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await sleep(this.#pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      const { found, next } = await look(this.#parts.follow, this.#server);
      this.#pause = PAUSE_MS[next];
      await this.#heed(found);
      this.#closeDrained();
    }
  }

  async #heed(found: Found): Promise<void> {
    // What is served stays the primary as far as is known; one that has lost that takes no writes.
    if (found.side === 'unknown') return;
    if (found.side === 'neither') {
      if (this.#trouble === undefined) this.#parts.log.error(found.why.message);
      this.#trouble = found.why;
      return;
    }
    if (this.#current.target !== this.#parts.follow[found.side]) await this.#switchTo(found.side);
    this.#trouble = undefined;
  }

  async #switchTo(side: keyof FollowedDatabases): Promise<void> {
    const next = this.#open(side);
    await next.ready(READY_MS);
    this.#retired.add(this.#current);
    this.#current = next;
    this.#parts.log.info({ database: describeTarget(next.target) }, 'switched to the primary');
  }

  #open(side: keyof FollowedDatabases): OpenedDatabase {
    const { follow, pool, observer } = this.#parts;
    return new OpenedDatabase(follow[side], pool, observer);
  }

  #closeDrained(): void {
    for (const old of this.#retired) {
      if (!old.drained) continue;
      const forget = () => this.#retired.delete(old);
      old.db.close().then(forget, forget);
    }
  }
}

interface Look {
  readonly found: Found;
  readonly next: keyof typeof PAUSE_MS;
}

async function look(follow: FollowedDatabases, server: ServerCutover): Promise<Look> {
  const first = await lookOnce(follow, server);
  // The two records are not read at the same moment: what one transition in between makes of them is no pair of
  // states that a cutover has. A second look begins behind that transition.
  return first.found.side === 'neither' ? lookOnce(follow, server) : first;
}

async function lookOnce({ file }: FollowedDatabases, server: ServerCutover): Promise<Look> {
  const readings = await Promise.all([readFileCutover(file.file, LOOK_MS), server.read(LOOK_MS)]);
  return { found: findPrimary(...readings), next: mayChange(...readings) };
}

/** A client whose every call goes to the client of that moment. */
function clientOf(current: () => DbClient): DbClient {
  return new Proxy({} as DbClient, {
    get(_, name) {
      const db = current();
      const member: unknown = Reflect.get(db, name);
      return typeof member === 'function' ? member.bind(db) : member;
    },
  });
}

function gateOf(trouble: () => NotReady | undefined, current: () => Gate): Gate {
  return {
    get lastFound() {
      return trouble() ?? current().lastFound;
    },
    check: async () => trouble() ?? current().check(),
  };
}
