import { DatabaseFencedError, type DbClient } from '@vatevo/db';
import type { Log } from '../../log.ts';
import type { Gate } from '../../readiness/readiness.ts';
import { repeat } from '../../repeat.ts';

/** How long the answer to a request with an idempotency key is kept, and how often old ones are forgotten. */
const KEPT_MS = 24 * 3600_000;
const EVERY_MS = 600_000;
/** Milliseconds until another try while the database cannot be used. */
const TROUBLE_MS = 5_000;

/**
 * Forgets the answers to requests that nobody repeats any more, whatever else this process does or leaves out.
 *
 * @returns stops it
 */
export function forgetOldAnswers(db: DbClient, gate: Gate, log: Log): () => void {
  return repeat(async () => {
    try {
      if ((await gate.check()).ready) {
        await db.outbox.forgetAnswers(new Date(Date.now() - KEPT_MS).toISOString());
        return EVERY_MS;
      }
    } catch (error) {
      // A database that is away is told of elsewhere, and a fence falls soon.
      if (!(error instanceof DatabaseFencedError))
        log.debug({ err: error }, 'old answers are not forgotten yet');
    }
    return TROUBLE_MS;
  });
}
