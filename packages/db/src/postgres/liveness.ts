import {
  askWithin,
  avoid,
  ConnectionError,
  type ConnectionFailure,
  type HostAddress,
  type PgClient,
  type PostgresTarget,
} from '@vatevo/connection';
import type { PooledClient } from './pooled-client.ts';
import { hasEnded, isPooled, type Living, WHO_LIVES } from './server-session.ts';

/** Milliseconds for which a connection may owe an answer until somebody asks whether its server lives. */
const OWING_MS = 750;
const LOOK_EVERY_MS = 100;
/** Milliseconds for the answer to that; with those above it, and with those of {@link Silence}, all are told in less than 5 s. */
const ANSWER_MS = 2_500;
/** Milliseconds between two questions to a server that answers. */
const AGAIN_MS = 2_000;
/** Milliseconds for what a connection asks by itself, where its server answers others; see {@link Liveness} for poolers. */
const HANGS_MS = 2_000;
/** Milliseconds after a silence in which a pooler may hand out sessions of the server that fell silent. */
const AFTERMATH_MS = 60_000;

/** What is said of a server that is not there, or not as far as anybody can tell. All else is a sign of life. */
const SILENT: ReadonlySet<ConnectionFailure> = new Set(['timeout', 'refused', 'lost', 'starting-up']);

/**
 * Finds connections that nobody answers any more, long before the system would: to a server that is frozen, to one behind
 * a network that swallows everything, and old sessions that a proxy keeps although it leads to another server by now.
 *
 * A connection that owes an answer for most of a second makes it ask the same address over a new connection. When that is not
 * answered either, all of its connections are cut; when another server answers that has taken over, or one that does not
 * know the session, those are. A statement that only takes long costs nothing but the question.
 *
 * Behind a pooler a session is no particular one: there it only counts whether a server answers, and which one. One that
 * has no session left for us, and does not let any of ours go on either, is as silent as a frozen one. For a minute after a
 * silence, what takes two seconds there is taken to hang in a session of the old server, which the pooler still hands out.
 */
export class Liveness {
  readonly #target: PostgresTarget;
  readonly #clients: ReadonlySet<PooledClient>;
  readonly #whenSilent: (address: HostAddress, why: ConnectionError) => void;
  #timer: NodeJS.Timeout | undefined;
  #silentAt = Number.NEGATIVE_INFINITY;
  /** When an address was last asked. */
  readonly #askedAt = new Map<string, number>();

  /**
   * @param clients those that are open, now and later
   * @param whenSilent called when nobody answers at an address, and all connections to it that were open are cut
   */
  constructor(
    target: PostgresTarget,
    clients: ReadonlySet<PooledClient>,
    whenSilent: (address: HostAddress, why: ConnectionError) => void,
  ) {
    this.#target = target;
    this.#clients = clients;
    this.#whenSilent = whenSilent;
  }

  /** Looks from now on, until no connection owes an answer. */
  watch(): void {
    // What has arrived while this process could do nothing is read before a look.
    this.#timer ??= setInterval(() => setImmediate(() => this.#look()), LOOK_EVERY_MS).unref();
  }

  #look(): void {
    const owing = [...this.#clients].filter(({ unanswered }) => unanswered.forMs > 0);
    if (owing.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    for (const { unanswered, connectedTo } of owing)
      if (unanswered.forMs >= OWING_MS) this.suspect(connectedTo);
  }

  /** Asks whether there is a server at an address, unless that was asked a moment ago. */
  suspect(address: HostAddress): void {
    const key = `${address.host}:${address.port}`;
    if (performance.now() - (this.#askedAt.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    // Until it has answered, it is not asked again.
    this.#askedAt.set(key, Number.POSITIVE_INFINITY);
    void this.#ask(address).finally(() => this.#askedAt.set(key, performance.now()));
  }

  async #ask(address: HostAddress): Promise<void> {
    const askedAt = performance.now();
    const asked = [...this.#clients].filter(
      ({ connectedTo: { host, port } }) => host === address.host && port === address.port,
    );
    const there = this.#target.with({ ...address, sessionAttributes: 'any' });
    const found = await askWithin(there, ANSWER_MS, undefined, (client) => whoLives(client, asked));
    await new Promise((resolve) => setImmediate(resolve));
    const isSilent = !found.ok && SILENT.has(found.reason);
    if (isSilent && asked.every(({ unanswered }) => unanswered.heardAt < askedAt)) {
      avoid(address);
      this.#silentAt = performance.now();
      const why = new ConnectionError(found.reason, found.message);
      for (const client of asked) client.cut(why);
      this.#whenSilent(address, why);
      return;
    }
    // Behind a pooler the question itself may hang, although others are answered.
    for (const client of asked) {
      const isOver = found.ok && client.session !== undefined && hasEnded(client.session, found.answer);
      if (isOver || this.#hangs(client)) client.cut(gone());
    }
  }

  /** Whether a connection waits in vain, although its server answers others. */
  #hangs({ unanswered, session }: PooledClient): boolean {
    if (unanswered.forMs < HANGS_MS) return false;
    return unanswered.isOwnAlone || (isPooled(session) && performance.now() - this.#silentAt < AFTERMATH_MS);
  }
}

async function whoLives(client: PgClient, asked: readonly PooledClient[]): Promise<Living> {
  const pids = asked.flatMap(({ session }) => session?.pid ?? []);
  const { rows } = await client.query<Living>(WHO_LIVES, [pids]);
  return rows[0] as Living;
}

function gone(): ConnectionError {
  return new ConnectionError(
    'lost',
    'The server that answers now does not have the session that a statement waited for, so another one has taken over or it was restarted: try again.',
  );
}
