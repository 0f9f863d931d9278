import { setTimeout as sleep } from 'node:timers/promises';
import { clientConfig, type PoolSettings, type PostgresTarget, toConnectionError } from '@vatevo/connection';
import { UnknownCutoverStateError } from '@vatevo/cutover-state';
import pg from 'pg';
import type { PoolStats } from '../db-client.ts';
import { ClientClosedError, PoolTimeoutError } from '../errors.ts';
import type { DbObserver } from '../observer.ts';
import type { Position } from '../position.ts';
import { connectionFailure, tooLateFailure } from './connection-failure.ts';
import { Liveness } from './liveness.ts';
import type { PoolParts } from './pool-parts.ts';
import { PooledClient } from './pooled-client.ts';
import { Primaries } from './primaries.ts';
import { ReadOnlySessions } from './read-only-sessions.ts';
import { Silence } from './silence.ts';

/** Milliseconds after which a connection that nobody wants is closed, down to the minimum. */
const IDLE_MS = 60_000;

/** Milliseconds between tries to open the minimum while the server cannot be reached. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/** Milliseconds until a caller asks again for a connection of a server that has none left; it doubles, and varies. */
const FIRST_CROWDED_PAUSE = 50;
const LONGEST_CROWDED_PAUSE = 1_000;

/** Milliseconds from which whatever waits for a server that was silent, and answers now, waits for the one of before. */
const LONG_MS = 1_000;

/** Milliseconds between two looks at whether all calls have ended. */
const POLL_MS = 5;

/** Works that share a connection: what holds up one of them holds up the others. */
const MAX_TOGETHER = 4;

/** What pg-pool says to a caller who waited in line too long. */
const WAITED_TOO_LONG = 'timeout exceeded when trying to connect';

/** A connection that a caller holds. */
export type LentClient = PooledClient & { release(destroy?: boolean): void };

/** A caller of {@link ConnectionPool.lendTogether}. */
interface Passenger {
  /** Never rejects. */
  run(client: LentClient): Promise<void>;
  reject(error: unknown): void;
}

/**
 * pg's pool, with what the settings promise and it leaves out:
 *
 * - `min` connections are opened at the start and opened again when some are lost or recycled.
 * - A caller who waited in vain is told whether the pool was exhausted or the server away.
 * - A query that the server refuses does not cost the connection.
 * - A statement whose time is over costs its connection, and a server that is silent ({@link Liveness}) costs all of them.
 */
export class ConnectionPool extends pg.Pool {
  readonly #target: PostgresTarget;
  readonly #settings: PoolSettings;
  readonly #observer: DbObserver;
  readonly #liveness: Liveness;
  readonly #silence: Silence;
  readonly #primaries: Primaries;
  /**
   * Told of each write of a tenant's, and where it can be read; undefined when that is not known, and the write may be
   * stored. Where nobody is told, nobody asks.
   */
  whenTenantWrote: ((tenantId: number, position: Position | undefined) => void) | undefined;
  /** Of the connection that was taken last: {@link PooledClient.isCluster}. */
  #isCluster: boolean | undefined;
  /** Milliseconds that a statement outside of transactions may take. */
  readonly statementTimeoutMs: number;
  readonly #open = new Set<PooledClient>();
  /** Connections that callers hold. */
  readonly #inUse = new Set<pg.PoolClient>();
  /** Callers who asked for a connection and have none yet. */
  #asking = 0;
  #lastHandedOut = 0;
  /** Those who wait for the same connection; undefined while nobody waits who would share one. */
  #together: Passenger[] | undefined;
  readonly #readOnly = new ReadOnlySessions();
  #closing = false;
  #filling = false;

  constructor(target: PostgresTarget, settings: PoolSettings, observer: DbObserver) {
    const opening = new Set<PooledClient>();
    super({
      ...clientConfig(target),
      // For the connections: the pool gives each of them its own options.
      ...{
        observer,
        opening,
        whenOwing: () => this.#liveness.watch(),
        whenReadOnly: () => this.#readOnly.found(),
      },
      // Its types say that a pool calls the class without the configuration; it does not.
      Client: PooledClient as unknown as new () => pg.ClientBase,
      max: settings.size,
      min: settings.min,
      connectionTimeoutMillis: settings.timeoutSeconds * 1000,
      maxLifetimeSeconds: settings.recycleSeconds,
      idleTimeoutMillis: IDLE_MS,
    });
    this.#target = target;
    this.#settings = settings;
    this.#observer = observer;
    this.#silence = new Silence(target, (address, why) => {
      // They wait for a server that is gone, in the place of callers who come now.
      const longAgo = performance.now() - LONG_MS;
      for (const client of opening) if (client.opensSince < longAgo) client.leaveHost(address);
      for (const client of this.#open) {
        const { host, port } = client.connectedTo;
        const wasSilent = host === address.host && port === address.port;
        if (wasSilent && client.unanswered.forMs > LONG_MS) client.cut(why);
      }
    });
    this.#primaries = new Primaries(target, this.#open);
    this.#liveness = new Liveness(target, this.#open, (address, why) => {
      this.#silence.begin(address, why);
      for (const client of opening) client.leaveHost(address);
    });
    this.statementTimeoutMs = settings.statementTimeoutSeconds * 1000;
    this.on('connect', (client) => this.#opened(client as unknown as PooledClient));
    this.on('remove', (client) => this.#open.delete(client as unknown as PooledClient));
    this.on('release', (_error, client) => this.#inUse.delete(client));
    // An idle connection that is lost has been taken out already.
    this.on('error', (error) =>
      observer.connectionFailed?.(connectionFailure(error, target)?.reason ?? 'lost'),
    );
    this.on('remove', () => void this.#fill());
    void this.#fill();
  }

  #opened(client: PooledClient): void {
    this.#open.add(client);
    // A pooler lets clients in although its server is silent: only an answer counts.
    void client.refusal.then(() => {
      if (client.session) this.#silence.answered(client.connectedTo, client.opensSince);
      const past = this.#primaries.pastOf(client);
      if (past) client.cut(past);
    });
  }

  get stats(): PoolStats {
    return {
      size: this.#settings.size,
      min: this.#settings.min,
      open: this.totalCount,
      inUse: this.#inUse.size,
      waiting: this.waitingCount,
      exhaustedMs: this.#inUse.size < this.#settings.size ? 0 : performance.now() - this.#lastHandedOut,
    };
  }

  /**
   * Takes a connection for a caller, who gives it back with {@link putBack}.
   *
   * @throws PoolTimeoutError, ConnectionError, ClientClosedError, UnknownCutoverStateError
   */
  async take(): Promise<LentClient> {
    if (this.#closing) throw new ClientClosedError();
    this.#asking++;
    const start = performance.now();
    try {
      // Where one is free there is nothing to wait for.
      const client =
        this.#takeIdle() ??
        (await this.#silence.orTold(
          () => this.#connectClean(),
          (late) => late.release(),
        ));
      this.#inUse.add(client);
      this.#isCluster = (client as unknown as PooledClient).isCluster;
      this.#lastHandedOut = performance.now();
      return client as unknown as LentClient;
    } catch (error) {
      const explained = this.#explain(error as Error);
      if (explained instanceof PoolTimeoutError) this.#observer.connectionFailed?.('pool-timeout');
      throw explained;
    } finally {
      this.#asking--;
      this.#observer.connectionWaited?.(performance.now() - start);
    }
  }

  /** Whether the database is that of a cluster's coordinator: what the last connection found, or the first one finds. */
  isCluster(): boolean | Promise<boolean> {
    return this.#isCluster ?? this.lend(async (client) => client.isCluster, this.statementTimeoutMs);
  }

  /**
   * Gives a connection back. The next caller gets it as if it were new, or not at all: what others' SQL may have left
   * in the session is cleared first, and a connection that has something under way, or a transaction open, is cut.
   */
  putBack(client: LentClient): void {
    // When the pool was closed meanwhile, it is gone.
    if (!this.#inUse.has(client as unknown as pg.PoolClient)) return;
    if (client.isAtRest) client.release();
    else void client.abandon().finally(() => this.#discard(client));
  }

  /** Lends a connection to `work` until its promise settles. @param timeoutMs as in {@link bound} */
  async lend<T>(work: (client: LentClient) => Promise<T>, timeoutMs?: number): Promise<T> {
    const client = await this.take();
    try {
      return await this.bound(client, () => work(client), timeoutMs);
    } finally {
      this.putBack(client);
    }
  }

  /**
   * The same for works that send what they have at once, each a transaction of its own that takes no time to speak of: a few
   * that come in the same turn of the event loop, or wait for the same connection, share it, and travel in one packet. A packet
   * costs a system call here and wakes a process there, which is more than such a work does.
   */
  lendTogether<T>(work: (client: LentClient) => Promise<T>, timeoutMs?: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const passenger = { run: (client: LentClient) => work(client).then(resolve, reject), reject };
      if (this.#together === undefined) {
        this.#together = [passenger];
        void this.#carry(this.#together, timeoutMs);
      } else if (this.#together.push(passenger) === MAX_TOGETHER) this.#together = undefined;
    });
  }

  async #carry(passengers: readonly Passenger[], timeoutMs: number | undefined): Promise<void> {
    let client: LentClient;
    try {
      // Those whose turn it is, too, come first.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      client = await this.take();
    } catch (error) {
      for (const { reject } of passengers) reject(error);
      return;
    } finally {
      if (this.#together === passengers) this.#together = undefined;
    }
    if (passengers.length > 1) client.sendAtOnce();
    try {
      await this.bound(client, () => Promise.all(passengers.map(({ run }) => run(client))), timeoutMs);
    } finally {
      this.putBack(client);
    }
  }

  /**
   * Lets `work` have `timeoutMs`, or any time when it is undefined. When they are over, the connection is cut, which fails
   * what waits for it. Whether its server is silent for the others, too, is asked.
   */
  async bound<T>(client: LentClient, work: () => Promise<T>, timeoutMs: number | undefined): Promise<T> {
    if (timeoutMs === undefined) return work();
    let isOver = false;
    const giveUp = () => {
      if (isOver) return;
      client.abandon(tooLateFailure(this.#target, timeoutMs)).catch(() => undefined);
      this.#liveness.suspect(client.connectedTo);
    };
    // What has arrived while this process could do nothing is read before.
    const late = setTimeout(() => setImmediate(giveUp), timeoutMs);
    try {
      return await work();
    } finally {
      isOver = true;
      clearTimeout(late);
    }
  }

  /** Waits for calls under way, at most `timeoutMs`, then cuts their connections. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    this.#silence.close();
    const deadline = performance.now() + timeoutMs;
    while (this.#asking + this.#inUse.size > 0 && performance.now() < deadline) await sleep(POLL_MS);
    for (const client of this.#inUse) {
      const { whenCut, connection } = client as unknown as LentClient;
      connection.stream.destroy();
      this.#discard(client as unknown as LentClient);
      whenCut?.(new ClientClosedError());
    }
    await this.end();
  }

  #discard(client: LentClient): void {
    if (this.#inUse.has(client as unknown as pg.PoolClient)) client.release(true);
  }

  /** One at rest, when nobody waits for it and nothing is to be found out about it: then there is nothing to wait for. */
  #takeIdle(): pg.PoolClient | undefined {
    if (this.ending || this.waitingCount > 0) return undefined;
    const { _idle: idle } = this as unknown as PoolParts;
    const last = idle.at(-1);
    if (last === undefined) return undefined;
    const client = last.client as unknown as PooledClient;
    if (!client.isReady || this.#readOnly.mayHold(client) || this.#primaries.pastOf(client)) return undefined;
    idle.pop();
    clearTimeout(last.timeoutId);
    const caller = { timedOut: false, callback: () => undefined } as const;
    (this as unknown as PoolParts)._acquireClient(last.client, caller, last.idleListener, false);
    return last.client;
  }

  /** A connection whose session is as new. */
  async #connectClean(): Promise<pg.PoolClient> {
    const deadline = performance.now() + this.#settings.timeoutSeconds * 1000;
    for (let isSecond = false; ; isSecond = true) {
      const client = await this.#connectInTime(deadline);
      const pooled = client as unknown as PooledClient;
      const refused = (await pooled.refusal) ?? this.#primaries.pastOf(pooled);
      if (refused === undefined && (await pooled.isClean) && !this.#readOnly.mayHold(pooled)) return client;
      client.release(true);
      // Behind a primary of the past another host may be the one that is wanted.
      if (refused && (isSecond || refused instanceof UnknownCutoverStateError)) throw refused;
    }
  }

  /**
   * A connection, asked for again and again while the server has none left: when many processes start at once, those
   * that came too late wait for the others as long as they would wait in line here.
   */
  async #connectInTime(deadline: number): Promise<pg.PoolClient> {
    let crowded: Error | undefined;
    for (let pause = FIRST_CROWDED_PAUSE; ; pause = Math.min(pause * 2, LONGEST_CROWDED_PAUSE)) {
      const leftMs = deadline - performance.now();
      if (crowded && (leftMs <= 0 || this.#closing)) throw crowded;
      try {
        return await this.#connectWithin(Math.max(1, Math.ceil(leftMs)));
      } catch (error) {
        const { reason } = toConnectionError(error, this.#target);
        const isLate = reason === 'timeout' || (error as Error).message === WAITED_TOO_LONG;
        // The last try has what is left of the time, which need not be enough for the server to refuse again.
        if (isLate && crowded && this.#inUse.size < this.#settings.size) throw crowded;
        if (reason !== 'too-many-connections') throw error;
        crowded = error as Error;
      }
      await sleep(Math.min(varied(pause), Math.max(0, deadline - performance.now())));
    }
  }

  /** The pool looks at its time-out when it is asked; this one is for this caller alone. */
  #connectWithin(timeoutMs: number): Promise<pg.PoolClient> {
    const { options } = this;
    const usual = options.connectionTimeoutMillis;
    options.connectionTimeoutMillis = timeoutMs;
    try {
      return super.connect();
    } finally {
      options.connectionTimeoutMillis = usual;
    }
  }

  #explain(error: Error): Error {
    if (this.#closing) return new ClientClosedError();
    if (error instanceof UnknownCutoverStateError) return error;
    const { size, timeoutSeconds } = this.#settings;
    if (error.message !== WAITED_TOO_LONG) return toConnectionError(error, this.#target);
    // Not all in use, and yet none to be had: they could not be opened.
    if (this.#inUse.size < size) return toConnectionError(new Error('timeout expired'), this.#target);
    return new PoolTimeoutError({ size, timeoutSeconds, waiting: this.waitingCount });
  }

  /** Opens connections until `min` are there, for as long as that takes. */
  async #fill(): Promise<void> {
    if (this.#filling) return;
    this.#filling = true;
    let pause = FIRST_PAUSE;
    while (!this.ending && this.totalCount < this.#settings.min) {
      const opened = await this.#openMore(this.#settings.min - this.totalCount);
      if (opened) continue;
      await sleep(varied(pause), undefined, { ref: false });
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
    this.#filling = false;
  }

  /** Opens `missing` new connections. Idle ones are held for a moment, or the pool would hand those out. */
  async #openMore(missing: number): Promise<boolean> {
    const take = () => super.connect();
    const held = await Promise.allSettled(Array.from({ length: this.idleCount }, take));
    const opening = Array.from({ length: missing }, take);
    release(held);
    const opened = await Promise.allSettled(opening);
    release(opened);
    const kept = opened.map(
      async (it) => it.status === 'fulfilled' && this.#primaries.keeps(it.value as unknown as PooledClient),
    );
    return (await Promise.all(kept)).every(Boolean);
  }
}

/** Half of it to all of it, so that many who failed at once do not come back at once. */
function varied(pauseMs: number): number {
  return pauseMs * (0.5 + Math.random() / 2);
}

function release(results: readonly PromiseSettledResult<pg.PoolClient>[]): void {
  for (const result of results) if (result.status === 'fulfilled') result.value.release();
}
