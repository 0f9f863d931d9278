import { randomUUID } from 'node:crypto';
import { closeSync, openSync, read, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EncodeResult, RowRange, SpoolPlace } from '../readers/protocol.ts';
import { ledgerBounds } from './ranges.ts';

const readAt = promisify(read);

/** Where temporary files may go that are too large for memory; the first with room is taken. */
const FOLDERS = [tmpdir(), '/var/tmp'];
/** Linux's number for a file system that lies in memory (statfs(2), TMPFS_MAGIC). */
const IN_MEMORY = 0x0102_1994;
/** Room that others are left, in parts of what the source holds. */
const SPARE = 1.5;
const CHUNK_BYTES = 512 * 1024;
/** Bytes from which on a socket surely says "enough" until it has given a chunk away. */
const SURELY_WAITED_FOR = 128 * 1024;

/** A range of rows, ready to be loaded. */
export interface SpooledRange extends EncodeResult, SpoolPlace {}

/**
 * Rows that the inspection encoded, on disk until the copy loads them: so each is read and encoded once.
 *
 * One file for each reader, that no other process can open: it has no name any more when the first byte is
 * written, and is gone with this process, however it ends. What is not here is encoded again when it is
 * loaded: in a run that is carried on, or where there was no room.
 */
export class Spool {
  readonly #files: readonly number[];
  readonly #ends: number[];
  readonly #ranges = new Map<string, SpooledRange>();
  readonly #buffers: readonly Buffer[];
  #isOpen = true;

  private constructor(files: readonly number[]) {
    this.#files = files;
    this.#ends = files.map(() => 0);
    this.#buffers = files.map(() => Buffer.allocUnsafeSlow(CHUNK_BYTES));
  }

  /** @returns undefined where there is no folder for so many bytes */
  static open(readers: number, bytes: number, folders: readonly string[] = FOLDERS): Spool | undefined {
    const folder = folders.find((candidate) => hasRoom(candidate, bytes));
    if (folder === undefined) return undefined;
    const files: number[] = [];
    try {
      for (let i = 0; i < readers; i++) files.push(openNameless(folder));
    } catch {
      for (const file of files) closeSync(file);
      return undefined;
    }
    return new Spool(files);
  }

  /** Where a reader's next range goes. */
  place(slot: number): SpoolPlace {
    return { file: this.#files[slot] as number, at: this.#ends[slot] as number };
  }

  /** Notes that a range lies at the reader's place. */
  add(slot: number, range: RowRange, kept: EncodeResult): void {
    const place = this.place(slot);
    this.#ranges.set(nameOf(range), { ...kept, ...place });
    this.#ends[slot] = place.at + kept.bytes;
  }

  find(range: RowRange): SpooledRange | undefined {
    return this.#isOpen ? this.#ranges.get(nameOf(range)) : undefined;
  }

  /**
   * The bytes of a range, in chunks; a chunk is good until the next one is asked for. A buffer for each
   * connection is used again and again: new ones would have the engine look for garbage all the time.
   *
   * @param slot of the connection that loads it
   */
  async *read(slot: number, { file, at, bytes }: SpooledRange): AsyncGenerator<Uint8Array> {
    const buffer = this.#buffers[slot] as Buffer;
    for (let done = 0; done < bytes; ) {
      const { bytesRead } = await readAt(file, buffer, 0, Math.min(CHUNK_BYTES, bytes - done), at + done);
      if (bytesRead === 0) throw new Error('the file of encoded rows is shorter than it was written');
      const chunk = buffer.subarray(0, bytesRead);
      // A socket asks for more before a small chunk is gone.
      yield bytesRead >= SURELY_WAITED_FOR ? chunk : Buffer.from(chunk);
      done += bytesRead;
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const file of this.#files) closeSync(file);
  }
}

function hasRoom(folder: string, bytes: number): boolean {
  try {
    const { type, bavail, bsize } = statfsSync(folder);
    return type !== IN_MEMORY && bavail * bsize > bytes * SPARE;
  } catch {
    return false;
  }
}

function openNameless(folder: string): number {
  const path = join(folder, `vatevo-spool-${randomUUID()}`);
  const file = openSync(path, 'wx+', 0o600);
  rmSync(path);
  return file;
}

function nameOf(range: RowRange): string {
  return `${range.table.target.name}|${ledgerBounds(range).lowest}`;
}
