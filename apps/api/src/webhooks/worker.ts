import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseFencedError, type DbClient, type Delivery, type Outcome } from '@vatevo/db';
import type { Log } from '../log.ts';
import type { Gate } from '../readiness/readiness.ts';
import { MAX_ATTEMPTS, nextAttempt } from './backoff.ts';
import { Destinations } from './destinations.ts';
import { Gathered, isAway } from './gathered.ts';
import { Hosts } from './hosts.ts';
import { messageOf } from './message.ts';
import { pause } from './pause.ts';
import { Post, type PostResult, parseUrl } from './post.ts';
import { Receivers } from './receivers.ts';

export interface WorkerParts {
  readonly db: DbClient;
  readonly gate: Gate;
  readonly log: Log;
  /** Let webhooks go to private, loopback and link-local addresses, too. */
  readonly privateAddresses: boolean;
  /** Name servers to ask; those of the system when omitted. */
  readonly nameServers?: readonly string[];
  /** Milliseconds between two looks when nothing is due. */
  readonly pauseMs?: number;
}

export type StopWorker = (graceMs: number) => Promise<void>;

/** Deliveries under way at a time in one process, and to one host. */
const MAX_AT_ONCE = 512;
const MAX_OF_HOST = 128;
/** Milliseconds for one delivery. */
const TIMEOUT_MS = 10_000;
/** Seconds after which another process may take a delivery over: it must be dead by then. */
const LEASE_SECONDS = 60;
/** Milliseconds behind its claim in which a delivery may begin: it is over before the lease is. */
const BEGIN_MS = (LEASE_SECONDS * 1000) / 2;
/** Milliseconds between two looks when nothing is due. */
const PAUSE_MS = 500;
/** Milliseconds between two looks while there is something to do: what one look gathers makes it worth its while. */
const BUSY_PAUSE_MS = 40;
/** Milliseconds between two looks while the database cannot be used. */
const TROUBLE_PAUSE_MS = 5_000;

/**
 * Delivers webhook events, beside any number of other workers on the same database.
 *
 * 1. Claim what is due, from one tenant after the other, as much of each as its receiver is given at a time
 *    ({@link Receivers}): each event goes to one worker, counted as an attempt, and comes back by itself after the
 *    lease if that worker dies.
 * 2. Send it to where its tenant wants it at that moment ({@link Destinations}); give it back when that is nowhere, or
 *    cannot be read.
 * 3. Mark it delivered, or due again later, or given up.
 *
 * A crash between 2 and 3 leads to a repetition, which the message's id shows; nothing leads to a loss.
 *
 * @returns stops claiming, and resolves when the deliveries under way are settled, or after `graceMs`
 */
export function startWebhookWorker(parts: WorkerParts): StopWorker {
  const worker = new Worker(parts);
  const ended = worker.work();
  return async (graceMs) => {
    worker.stop();
    await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
    worker.close();
  };
}

class Worker {
  readonly #parts: WorkerParts;
  readonly #stopping = new AbortController();
  readonly #receivers = new Receivers();
  readonly #post: Post;
  readonly #destinations: Destinations;
  readonly #outcomes: Gathered<Outcome>;
  readonly #unsent: Gathered<Delivery>;
  readonly #underWay = new Set<Promise<void>>();
  readonly #hosts = new Hosts(MAX_OF_HOST, TIMEOUT_MS);
  /** Given when a delivery has ended well, so that there is room for others. */
  #room = new AbortController();
  /** The tenant that was served last; the next ones come first. */
  #last = 0;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    const { privateAddresses, nameServers: servers } = parts;
    this.#post = new Post({ privateAddresses, servers });
    this.#destinations = new Destinations(parts.db);
    // Asked each time: another database may be the primary by then, which knows the event, too.
    const gathered = <Item>(write: (items: readonly Item[]) => Promise<void>) =>
      new Gathered(write, LEASE_SECONDS * 1000, this.#stopping.signal);
    this.#outcomes = gathered((outcomes) => parts.db.outbox.settle(outcomes));
    this.#unsent = gathered((deliveries) => parts.db.outbox.giveBack(deliveries));
  }

  stop(): void {
    this.#stopping.abort();
  }

  close(): void {
    this.#post.close();
  }

  async work(): Promise<void> {
    const { gate, log, pauseMs = PAUSE_MS } = this.#parts;
    const { signal } = this.#stopping;
    let fenced = false;
    while (!signal.aborted) {
      try {
        if ((await gate.check()).ready) {
          this.#room = new AbortController();
          const claimed = await this.#claim();
          for (const delivery of claimed) this.#begin(delivery);
          await pause(BUSY_PAUSE_MS, signal);
          // What is due may have been more than the receivers could be given: then the next end makes room.
          if (claimed.length === 0) await pause(pauseMs, AbortSignal.any([signal, this.#room.signal]));
        } else {
          await pause(TROUBLE_PAUSE_MS, signal);
        }
        fenced = false;
      } catch (error) {
        const wasFenced = fenced;
        fenced = error instanceof DatabaseFencedError;
        // Told once: a fence may stand for a while, and most fall soon.
        if (!(fenced && wasFenced)) log.warn({ err: error }, 'webhooks wait for the database');
        await pause(fenced ? PAUSE_MS : TROUBLE_PAUSE_MS, signal);
      }
    }
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #claim(): Promise<Delivery[]> {
    const most = MAX_AT_ONCE - this.#underWay.size;
    if (most <= 0) return [];
    const asOf = performance.now();
    const claimed = await this.#parts.db.outbox.claim({
      most,
      perTenant: this.#receivers.firstRoom,
      rooms: this.#receivers.rooms(performance.now()),
      after: this.#last,
      leaseSeconds: LEASE_SECONDS,
      maxAttempts: MAX_ATTEMPTS,
    });
    this.#destinations.claimed(claimed, asOf);
    this.#last = claimed.at(-1)?.tenantId ?? this.#last;
    return claimed;
  }

  #begin(delivery: Delivery): void {
    this.#receivers.begin(delivery.tenantId);
    const done = this.#deliver(delivery).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { log } = this.#parts;
    const { tenantId, eventId, attempt } = delivery;
    try {
      const result = await this.#send(delivery).catch((error: unknown) => {
        this.#receivers.takeBack(tenantId);
        throw error;
      });
      if (result === 'stale') {
        this.#receivers.takeBack(tenantId);
        return await this.#unsent.write(delivery);
      }
      this.#receivers.end(tenantId, result.ok, performance.now());
      if (result.ok) this.#room.abort();
      const next = result.ok ? undefined : nextAttempt(attempt, new Date());
      await this.#outcomes.write({
        tenantId,
        eventId,
        attempt,
        delivered: result.ok,
        next: next?.toISOString() ?? null,
      });
      if (!result.ok)
        log.warn({ tenantId, eventId, attempt, next, reason: result.reason }, 'webhook not delivered');
    } catch (error) {
      // It is due again when its lease ends.
      log.error({ err: error, tenantId, eventId, attempt }, 'webhook not settled');
    }
  }

  /** In the turn of its host, where many tenants may have their receivers; by what counts when its turn has come. */
  async #send(delivery: Delivery): Promise<PostResult> {
    const { tenantId } = delivery;
    const end = performance.now() + BEGIN_MS;
    let result: PostResult = 'stale';
    let next = hostOf(delivery.url);
    for (let host = ''; next !== host; ) {
      host = next;
      await this.#hosts.inTurn(host, async () => {
        // Again when it had to wait for its connection.
        while (result === 'stale' && performance.now() < end) {
          const destination = await this.#destinations.of(delivery).catch((error: unknown) => {
            if (!isAway(error)) throw error;
          });
          if (destination === undefined) return;
          const { url, secret } = destination;
          next = hostOf(url);
          if (next !== host) return;
          const message = messageOf({ ...delivery, secret }, new Date());
          const isFresh = () => this.#destinations.isFresh(tenantId, destination);
          result = await this.#post.send(url, message, TIMEOUT_MS, isFresh);
        }
      });
    }
    return result;
  }
}

/** One of no host is a host of its own, in whose turn it is found out. */
function hostOf(url: string): string {
  return parseUrl(url)?.host ?? 'none';
}
