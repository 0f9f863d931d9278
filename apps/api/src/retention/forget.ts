import { setTimeout as sleep } from 'node:timers/promises';
import {
  ClientClosedError,
  ConnectionError,
  DatabaseFencedError,
  type DbClient,
  PoolTimeoutError,
  whyUnavailable,
} from '@vatevo/db';
import type { Log } from '../log.ts';
import type { Gate } from '../readiness/readiness.ts';
import { repeat } from '../repeat.ts';

/** How long rows are kept that nobody needs for ever. */
export interface Retention {
  /** Milliseconds for the answers to requests with an idempotency key. */
  readonly answersMs: number;
  /** Milliseconds for webhook events that were delivered; undefined keeps them all. */
  readonly eventsMs: number | undefined;
}

export interface ForgetParts {
  readonly db: DbClient;
  readonly gate: Gate;
  readonly log: Log;
  readonly retention: Retention;
  /** Told how many rows were deleted. */
  readonly forgotten: (what: 'answers' | 'events', rows: number) => void;
  /** Milliseconds until another try after a failed one; 5,000 when omitted. */
  readonly againMs?: number;
}

/** Milliseconds between two rounds. */
const EVERY_MS = 600_000;
/** Milliseconds until another try while the database cannot be used. */
const TROUBLE_MS = 5_000;
/** Rows in one transaction, which is over in some 10 ms. */
const ROWS_AT_A_TIME = 1000;
/** How many times as long as a transaction took to leave the database to others: a fifth of one connection is used. */
const TIMES_AS_LONG = 4;

/**
 * Deletes what is older than it has to be, round after round, a few rows at a time, whatever else this process does or leaves
 * out.
 *
 * @returns stops it
 */
export function forgetOldRows(parts: ForgetParts): () => void {
  const { gate, log, againMs = TROUBLE_MS } = parts;
  let said: string | undefined;
  return repeat(async (isStopped) => {
    try {
      if ((await gate.check()).ready) {
        await forgetAnswers(parts, isStopped);
        await forgetEvents(parts, isStopped);
        said = undefined;
        return EVERY_MS;
      }
    } catch (error) {
      const { message } = error as Error;
      if (!passes(error) && message !== said) {
        said = message;
        log.error({ err: error }, 'old rows are not deleted');
      }
    }
    return againMs;
  });
}

/** A database that is away or busy is told of elsewhere, and a fence falls soon. */
function passes(error: unknown): boolean {
  const isAway = [ConnectionError, PoolTimeoutError, ClientClosedError, DatabaseFencedError].some(
    (kind) => error instanceof kind,
  );
  const why = whyUnavailable(error);
  return isAway || (why !== undefined && why !== 'unfit');
}

async function forgetAnswers({ db, retention, forgotten }: ForgetParts, isStopped: () => boolean) {
  const before = ago(retention.answersMs);
  for (let deleted = ROWS_AT_A_TIME; deleted === ROWS_AT_A_TIME && !isStopped(); ) {
    deleted = await inTurn(() => db.outbox.forgetAnswers({ before, most: ROWS_AT_A_TIME }));
    forgotten('answers', deleted);
  }
}

async function forgetEvents({ db, retention, forgotten }: ForgetParts, isStopped: () => boolean) {
  if (retention.eventsMs === undefined) return;
  const before = ago(retention.eventsMs);
  let after: Awaited<ReturnType<typeof db.outbox.forgetDelivered>>['next'];
  do {
    const from = after;
    const { deleted, next } = await inTurn(() =>
      db.outbox.forgetDelivered({ before, most: ROWS_AT_A_TIME, after: from }),
    );
    forgotten('events', deleted);
    after = next;
  } while (after !== undefined && !isStopped());
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  await sleep((performance.now() - began) * TIMES_AS_LONG, undefined, { ref: false });
  return result;
}

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
