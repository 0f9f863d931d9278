import { setTimeout as sleep } from 'node:timers/promises';

/** How many times as long as it was read a file is left alone: at least so many, and by chance up to one more. */
const TIMES = 3;
/** Milliseconds after a write for which others may be waiting to write. */
const MAY_WAIT = 1_000;

/**
 * Leaves a file alone between reads, where these keep others from writing.
 *
 * With a rollback journal nobody can commit while somebody reads. Who has to wait looks for a free moment after 1 ms
 * and then ever more seldom, up to a tenth of a second: that is SQLite's own way. So one who writes hardly notices a
 * short read; but of several, who wait for one another too, each look that fails makes the next one later. They wait for
 * little longer than without us where most of the time is theirs. The gaps are of chance lengths, so that nobody's looks
 * keep falling into reads.
 *
 * Where nobody writes, nobody waits: then there are no gaps. One who begins to write has to wait for one read.
 */
export class Gaps {
  /** Nobody can write to the file. */
  isAlone = false;
  #freeAt = 0;
  #writtenAt = Number.NEGATIVE_INFINITY;

  async wait(): Promise<void> {
    const wait = this.#freeAt - performance.now();
    if (wait > 0 && !this.isAlone) await sleep(Math.ceil(wait));
  }

  /** Told after each read. */
  read(heldMs: number, othersWrote: boolean): void {
    const now = performance.now();
    if (othersWrote) this.#writtenAt = now;
    const mayWait = now - this.#writtenAt < MAY_WAIT;
    this.#freeAt = mayWait ? now + heldMs * (TIMES + Math.random()) : now;
  }
}
