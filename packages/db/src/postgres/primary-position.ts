import { type Position, parseLsn } from '../position.ts';
import type { ConnectionPool, LentClient } from './pool.ts';
import type { DatabaseIdentity } from './server-session.ts';

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

/** Where a primary was, and of which database. */
export interface PrimaryPlace {
  readonly position: Position;
  readonly of: DatabaseIdentity;
  /** How far its log was when it was asked last, and since when that was under way (`performance.now()`). */
  readonly latest: Position & { readonly at: number };
}

type Sample = Omit<PrimaryPlace, 'latest'> & { readonly at: number };

async function askPlace(client: LentClient): Promise<Omit<Sample, 'at'> | undefined> {
  const position = await askPrimaryPosition(client);
  return position && client.session && { position, of: client.session };
}

/** Where the primary was, asked again and again while somebody wants to know. */
export class PrimaryPositions {
  readonly #pool: ConnectionPool;
  readonly #maxLagMs: number;
  #samples: Sample[] = [];
  #wantedAt = 0;
  #isAsking = false;
  #sampling: NodeJS.Timeout | undefined;

  constructor(pool: ConnectionPool, maxLagMs: number) {
    this.#pool = pool;
    this.#maxLagMs = maxLagMs;
  }

  /**
   * A position that the primary had reached no longer ago than a replica may be behind; undefined while that is not
   * known. A replica that has replayed it is not further behind.
   */
  get recent(): PrimaryPlace | undefined {
    this.#wantedAt = performance.now();
    this.#sampling ??= setInterval(() => void this.#sample(), this.#maxLagMs / SAMPLES).unref();
    const since = performance.now() - this.#maxLagMs;
    const found = this.#samples.find(({ at }) => at >= since);
    const latest = this.#samples.at(-1);
    return found && latest && { ...found, latest: { ...latest.position, at: latest.at } };
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
    // A primary that is late is not asked by ever more.
    if (this.#isAsking) return;
    this.#isAsking = true;
    // One that got no connection, or no answer, is none; reads go to the primary then.
    const place = await this.#pool.lend(askPlace, this.#pool.statementTimeoutMs).catch(() => undefined);
    this.#isAsking = false;
    const since = performance.now() - this.#maxLagMs;
    if (place) this.#samples.push({ at, ...place });
    this.#samples = this.#samples.filter((sample) => sample.at >= since);
  }
}
