import { type Position, parseLsn } from '../position.ts';
import type { ConnectionPool, LentClient } from './pool.ts';

/** Asks a primary how far its log has come, with the name of the file behind it, which begins with the timeline. */
const PRIMARY_POSITION = `
  SELECT pg_catalog.pg_walfile_name(lsn), lsn FROM pg_catalog.pg_current_wal_insert_lsn() AS lsn`;

/** Samples within the time that a replica may be behind. */
const SAMPLES = 4;
/** Milliseconds without a read after which nobody samples any more. */
const RESTS_AFTER_MS = 10_000;

/**
 * Asks for the position of the primary on a connection to it. Sent behind a COMMIT, in the same packet, it is one at which
 * what was committed is there. Undefined when it is not told: then nothing is known of where the write can be read.
 */
export async function askPrimaryPosition(client: LentClient): Promise<Position | undefined> {
  try {
    const [row] = await client.queryPrinted(PRIMARY_POSITION, []);
    const [file, lsn] = row as [string, string];
    return { timeline: Number.parseInt(file.slice(0, 8), 16), lsn: parseLsn(lsn) };
  } catch {
    return undefined;
  }
}

/** Where the primary was, asked again and again while somebody wants to know. */
export class PrimaryPositions {
  readonly #pool: ConnectionPool;
  readonly #maxLagMs: number;
  #samples: { readonly at: number; readonly position: Position }[] = [];
  #wantedAt = 0;
  #sampling: NodeJS.Timeout | undefined;

  constructor(pool: ConnectionPool, maxLagMs: number) {
    this.#pool = pool;
    this.#maxLagMs = maxLagMs;
  }

  /**
   * A position that the primary had reached no longer ago than a replica may be behind; undefined while that is not
   * known. A replica that has replayed it is not further behind.
   */
  get recent(): Position | undefined {
    this.#wantedAt = performance.now();
    this.#sampling ??= setInterval(() => void this.#sample(), this.#maxLagMs / SAMPLES).unref();
    const since = performance.now() - this.#maxLagMs;
    return this.#samples.find(({ at }) => at >= since)?.position;
  }

  close(): void {
    clearInterval(this.#sampling);
  }

  async #sample(): Promise<void> {
    const at = performance.now();
    if (at - this.#wantedAt > RESTS_AFTER_MS) {
      clearInterval(this.#sampling);
      this.#sampling = undefined;
      return;
    }
    // One that got no connection, or no answer, is none; reads go to the primary then.
    const position = await this.#pool
      .lend((client) => askPrimaryPosition(client as LentClient), this.#maxLagMs)
      .catch(() => undefined);
    const since = performance.now() - this.#maxLagMs;
    if (position) this.#samples.push({ at, position });
    this.#samples = this.#samples
      .filter((sample) => sample.at >= since)
      .sort((one, other) => one.at - other.at);
  }
}
