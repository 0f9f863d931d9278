import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseFencedError, type DbClient, type Delivery } from '@vatevo/db';
import type { Log } from '../log.ts';
import type { Gate } from '../readiness/readiness.ts';
import { publicLookup } from './address.ts';
import { MOST_ATTEMPTS, nextAttempt } from './backoff.ts';
import { messageOf } from './message.ts';
import { post } from './post.ts';

export interface WorkerParts {
  readonly db: DbClient;
  readonly gate: Gate;
  readonly log: Log;
  /** Let webhooks go to private, loopback and link-local addresses, too. */
  readonly privateAddresses: boolean;
}

export type StopWorker = (graceMs: number) => Promise<void>;

/** Deliveries under way at a time in one process. */
const MOST_AT_ONCE = 20;
/** Milliseconds for one delivery. */
const TIMEOUT_MS = 10_000;
/** Seconds after which another process may take a delivery over: it must be dead by then. */
const LEASE_SECONDS = 60;
/** Milliseconds between two looks when nothing is due. */
const PAUSE_MS = 1_000;
/** Milliseconds between two looks while the database cannot be used. */
const TROUBLE_PAUSE_MS = 5_000;
/** Milliseconds between two tries to settle a delivery while the database takes no writes. */
const FENCED_PAUSE_MS = 200;
/** How long the answer to a request with an idempotency key is kept, and how often old ones are forgotten. */
const ANSWERS_KEPT_MS = 24 * 3600_000;
const FORGET_EVERY_MS = 600_000;

/**
 * Delivers webhook events, beside any number of other workers on the same database.
 *
 * 1. Claim what is due: each event goes to one worker, counted as an attempt, and comes back by itself after
 *    the lease if that worker dies.
 * 2. Send it.
 * 3. Mark it delivered, or due again later, or given up.
 *
 * A crash between 2 and 3 leads to a repetition, which the message's id shows; nothing leads to a loss.
 *
 * @returns stops claiming, and resolves when the deliveries under way are settled, or after `graceMs`
 */
export function startWebhookWorker(parts: WorkerParts): StopWorker {
  const stopping = new AbortController();
  const ended = work(parts, stopping.signal);
  return async (graceMs) => {
    stopping.abort();
    await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
  };
}

async function work(parts: WorkerParts, signal: AbortSignal): Promise<void> {
  const { db, gate, log } = parts;
  const underWay = new Set<Promise<void>>();
  let forgotten = 0;
  let fenced = false;
  while (!signal.aborted) {
    try {
      if (!(await gate.check()).ready) {
        await pause(TROUBLE_PAUSE_MS, signal);
        continue;
      }
      if (Date.now() - forgotten > FORGET_EVERY_MS) {
        await db.outbox.forgetAnswers(new Date(Date.now() - ANSWERS_KEPT_MS).toISOString());
        forgotten = Date.now();
      }
      const most = MOST_AT_ONCE - underWay.size;
      const claimed = await db.outbox.claim({
        most,
        leaseSeconds: LEASE_SECONDS,
        mostAttempts: MOST_ATTEMPTS,
      });
      for (const delivery of claimed) {
        const done = deliver(delivery, parts, signal).finally(() => underWay.delete(done));
        underWay.add(done);
      }
      if (underWay.size >= MOST_AT_ONCE) await Promise.race(underWay);
      else if (claimed.length < most) await pause(PAUSE_MS, signal);
      fenced = false;
    } catch (error) {
      const wasFenced = fenced;
      fenced = error instanceof DatabaseFencedError;
      // Told once: a fence may stand for a while, and most fall soon.
      if (!(fenced && wasFenced)) log.warn({ err: error }, 'webhooks wait for the database');
      await pause(fenced ? PAUSE_MS : TROUBLE_PAUSE_MS, signal);
    }
  }
  await Promise.all(underWay);
}

async function deliver(
  delivery: Delivery,
  { db, log, privateAddresses }: WorkerParts,
  signal: AbortSignal,
): Promise<void> {
  const { tenantId, eventId, attempt, url } = delivery;
  try {
    const result = await post(url, messageOf(delivery, new Date()), {
      timeoutMs: TIMEOUT_MS,
      lookup: privateAddresses ? undefined : publicLookup(),
    });
    if (result.ok) {
      await settle(() => db.outbox.delivered(delivery), signal);
      return;
    }
    const next = nextAttempt(attempt, new Date());
    await settle(() => db.outbox.postpone(delivery, next?.toISOString() ?? null), signal);
    log.warn({ tenantId, eventId, attempt, next, reason: result.reason }, 'webhook not delivered');
  } catch (error) {
    // It is due again when its lease ends.
    log.error({ err: error, tenantId, eventId, attempt }, 'webhook not settled');
  }
}

/** Repeats what a fence refuses: the primary knows the event, too. The lease bounds how long that helps. */
async function settle(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + LEASE_SECONDS * 1000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const again = error instanceof DatabaseFencedError && performance.now() < deadline;
      if (!again || signal.aborted) throw error;
      await pause(FENCED_PAUSE_MS, signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
