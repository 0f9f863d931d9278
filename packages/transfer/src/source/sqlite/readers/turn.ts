import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of a row from which on it goes alone: several readers each with such a row would take too much memory. */
export const LARGE_ROW: number = 16 * 1024 * 1024;

/** What one reader thread at a time may hold; see {@link LARGE_ROW}. */
export class Turn {
  readonly #taken: Int32Array;
  #mine = false;

  /** @param shared one int32 that all readers have */
  constructor(shared: SharedArrayBuffer) {
    this.#taken = new Int32Array(shared);
  }

  take(): void {
    if (this.#mine) return;
    while (Atomics.compareExchange(this.#taken, 0, 0, 1) !== 0) Atomics.wait(this.#taken, 0, 1);
    this.#mine = true;
  }

  /** Gives it back, if this thread has it, and first the memory. */
  release(): void {
    if (!this.#mine) return;
    this.#mine = false;
    collectGarbage();
    Atomics.store(this.#taken, 0, 0);
    Atomics.notify(this.#taken, 0, 1);
  }
}

let collect: (() => void) | undefined;

/** Gives memory back at once: left to itself, the engine lets several large rows gather. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
