import { ftruncateSync, writeSync } from 'node:fs';
import type { CopyWriter } from '../../../column-types/encode/copy-writer.ts';
import type { SpoolPlace } from './protocol.ts';

/** Writes the rows of one range to their place, as long as there is room and none of them is refused. */
export class SpoolWriter {
  /** Whether all rows so far are kept. */
  isOpen = true;
  isFull = false;
  bytes = 0;
  readonly #place: SpoolPlace;

  constructor(place: SpoolPlace) {
    this.#place = place;
  }

  /** Keeps what was written since the last time; the writer goes on at its beginning. */
  take(out: CopyWriter): void {
    if (!this.isOpen) return;
    if (this.#isKept(out.buffer.subarray(0, out.position))) this.bytes += out.position;
    else {
      // The rows are in the source still: they are encoded again when they are loaded.
      this.isFull = true;
      this.giveUp();
    }
    out.rewind();
  }

  /** Keeps nothing of the range, and gives back the room that it took. */
  giveUp(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    ftruncateSync(this.#place.file, this.#place.at);
  }

  #isKept(bytes: Uint8Array): boolean {
    const { file, at, room } = this.#place;
    if (this.bytes + bytes.length > room) return false;
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(file, bytes, done, bytes.length - done, at + this.bytes + done);
      }
      return true;
    } catch {
      // A full disk, most likely; whatever it is, the copy does without.
      return false;
    }
  }
}
