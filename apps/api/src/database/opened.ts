import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, createDbClient, type DbClient, type DbObserver } from '@vatevo/db';
import { contentProbe } from '../readiness/probe.ts';
import { ReadinessGate } from '../readiness/readiness.ts';

const POLL_MS = 20;

/** One of the two databases of a cutover, opened to be served. */
export class OpenedDatabase {
  readonly target: Config['database'];
  readonly db: DbClient;
  /** Does not ask whether the database is the primary: that is for who opened it to know. */
  readonly gate: ReadinessGate;
  #answers = 0;

  constructor(target: Config['database'], pool: Config['pool'], observer: DbObserver) {
    this.target = target;
    this.db = createDbClient({ config: { database: target, pool }, observer });
    this.gate = new ReadinessGate(contentProbe(this.db, target.kind));
  }

  hold(answer: ServerResponse): void {
    this.#answers += 1;
    answer.once('close', () => {
      this.#answers -= 1;
    });
  }

  /** Whether nobody uses it any more who began while it was served. */
  get drained(): boolean {
    const { inUse, waiting } = this.db.poolStats();
    return this.#answers + inUse + waiting === 0;
  }

  /** Resolves when data can be served from it, and in any case after `timeoutMs`. */
  async ready(timeoutMs: number): Promise<void> {
    const tooLate = sleep(timeoutMs, 'too late' as const, { ref: false });
    for (;;) {
      const found = await Promise.race([this.gate.check().catch(() => undefined), tooLate]);
      if (found === 'too late' || found?.ready) return;
      await sleep(POLL_MS);
    }
  }
}
