import { read } from 'node:fs';
import { availableMemory } from 'node:process';
import { promisify } from 'node:util';
import { freeOnDisk, LARGE_FILE_FOLDERS, NamelessFile } from '../../../nameless-file.ts';
import type { EncodeResult, RowRange } from '../../source.ts';
import type { SpoolPlace } from './protocol.ts';

const readAt = promisify(read);

/** Room that others are left, in parts of what is needed. */
const SPARE = 1.5;
/** The part of the free memory that rows may take as the system's cache of files; beyond it disks would set the pace. */
const OF_FREE_MEMORY = 1 / 4;
/** A file is given up when all of its ranges are loaded, and the disk need not see what is left of it in the cache. */
const FILE_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 512 * 1024;
/** Bytes from which on a socket surely says "enough" until it has given a chunk away. */
const SURELY_WAITED_FOR = 128 * 1024;

class SpoolFile extends NamelessFile {
  end = 0;
  /** Ranges that are not loaded yet. */
  ranges = 0;
}

/** A range of rows, ready to be loaded. */
export interface SpooledRange extends EncodeResult {
  readonly file: SpoolFile;
  readonly at: number;
}

/**
 * Rows that the inspection encoded, on disk until the copy loads them: so each is read and encoded once.
 *
 * It is gone with this process, however that ends. What is not here is encoded again when it is loaded: in a run
 * that is resumed, or where there was no room.
 */
export class Spool {
  readonly #folder: string;
  readonly #files: SpoolFile[] = [];
  /** By reader, the file that it writes to. */
  readonly #current = new Map<number, SpoolFile>();
  readonly #ranges = new Map<string, SpooledRange>();
  /** By connection. */
  readonly #buffers = new Map<number, Buffer>();
  #room: number;
  #isOpen = true;

  private constructor(folder: string, room: number) {
    this.#folder = folder;
    this.#room = room;
  }

  /**
   * @param bytes what the source holds
   * @returns undefined where no folder has room
   */
  static open(bytes: number, folders: readonly string[] = LARGE_FILE_FOLDERS): Spool | undefined {
    const room = Math.floor(availableMemory() * OF_FREE_MEMORY);
    const folder = folders.find((candidate) => hasRoom(candidate, Math.min(room, bytes)));
    return folder === undefined ? undefined : new Spool(folder, room);
  }

  /** Where a reader may keep its next range; undefined when there is no more room. */
  place(reader: number): SpoolPlace | undefined {
    if (!this.#isOpen || this.#room <= 0) return undefined;
    let file = this.#current.get(reader);
    if (file === undefined || file.end >= FILE_BYTES) {
      try {
        file = new SpoolFile(this.#folder, 'spool');
      } catch {
        this.fill();
        return undefined;
      }
      this.#files.push(file);
      this.#current.set(reader, file);
    }
    return { file: file.descriptor, at: file.end, room: this.#room };
  }

  /** Notes that a range lies at the reader's place. */
  add(reader: number, range: RowRange, kept: EncodeResult): void {
    const file = this.#current.get(reader) as SpoolFile;
    this.#ranges.set(nameOf(range), { ...kept, file, at: file.end });
    file.end += kept.bytes;
    file.ranges++;
    this.#room -= kept.bytes;
  }

  /** Takes no more ranges. */
  fill(): void {
    this.#room = 0;
  }

  /** What is kept of a range, once; undefined when it has to be encoded. */
  take(range: RowRange): SpooledRange | undefined {
    const spooled = this.#isOpen ? this.#ranges.get(nameOf(range)) : undefined;
    this.#ranges.delete(nameOf(range));
    return spooled;
  }

  /**
   * The bytes of a range, in chunks; a chunk is good until the next one is asked for. A buffer for each
   * connection is used again and again: new ones would have the engine look for garbage all the time.
   */
  async *read(connection: number, spooled: SpooledRange): AsyncGenerator<Uint8Array> {
    const { file, at, bytes } = spooled;
    const buffer = this.#buffers.get(connection) ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.#buffers.set(connection, buffer);
    for (let done = 0; done < bytes; ) {
      const size = Math.min(CHUNK_BYTES, bytes - done);
      const { bytesRead } = await readAt(file.descriptor, buffer, 0, size, at + done);
      if (!this.#isOpen || bytesRead === 0) throw new Error('the file of encoded rows is gone');
      const chunk = buffer.subarray(0, bytesRead);
      // A socket asks for more before a small chunk is gone.
      yield bytesRead >= SURELY_WAITED_FOR ? chunk : Buffer.from(chunk);
      done += bytesRead;
    }
    if (--file.ranges === 0) file.close();
  }

  /** No reader may be at work: a descriptor is soon another file's. */
  close(): void {
    this.#isOpen = false;
    for (const file of this.#files) file.close();
  }
}

function hasRoom(folder: string, bytes: number): boolean {
  return (freeOnDisk(folder) ?? 0) > bytes * SPARE;
}

function nameOf({ table, bounds }: RowRange): string {
  return `${table.target.name}|${bounds?.lowest}`;
}
