import { writeSync } from 'node:fs';
import type { CopyWriter } from '../codec/writer.ts';
import type { SpoolPlace } from './protocol.ts';

/** Writes the rows of one range to their place, as long as there is room and none of them is refused. */
export class SpoolWriter {
  /** Whether all rows so far are kept. */
  isOpen = true;
  bytes = 0;
  readonly #place: SpoolPlace;

  constructor(place: SpoolPlace) {
    this.#place = place;
  }

  /** Keeps what was written since the last time; the writer goes on at its beginning. */
  take(out: CopyWriter): void {
    if (!this.isOpen) return;
    const { file, at } = this.#place;
    try {
      for (let done = 0; done < out.position; ) {
        const written = writeSync(file, out.buffer, done, out.position - done, at + this.bytes);
        done += written;
        this.bytes += written;
      }
    } catch {
      // A full disk, most likely. The rows are in the source still: they are encoded again when they are loaded.
      this.giveUp();
    }
    out.rewind();
  }

  giveUp(): void {
    this.isOpen = false;
  }
}
