import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Its lowest bit says that checksums are taken over big-endian words. */
const MAGIC = 0x377f0682;
/** Bytes of the log that are read at once. */
const CHUNK_BYTES = 1 << 20;

/**
 * The pages of committed transactions that lie in a write-ahead log (SQLite file format, 4), read from the log itself.
 *
 * Only within a read transaction of this process's on the same file. While it lasts, SQLite copies no page into the
 * main file that is newer than what the transaction sees, and begins the log anew only when all of it is in the main
 * file (wal.html#concurrency). So the last commit that {@link refresh} found is whole: a page that the log holds is
 * read there, and any other one, or one whose frame has been written over since, in the main file.
 */
export class WriteAheadLog {
  readonly #path: string;
  readonly #file: number;
  #header: Buffer = Buffer.alloc(0);
  #pageSize = 0;
  #littleEndian = true;
  /** Where the last frame of each page begins. */
  readonly #frames = new Map<number, number>();
  /** Behind the last frame of the last commit: its place, its header, and the checksum up to there. */
  #end = 0;
  #lastFrame: Buffer = Buffer.alloc(0);
  #sums: Sums = [0, 0];

  private constructor(path: string, file: number) {
    this.#path = path;
    this.#file = file;
  }

  /** SQLite has no locks on this file that closing it would give up. */
  static open(path: string): WriteAheadLog | undefined {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    return new WriteAheadLog(path, openSync(path, 'r'));
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Whether another file is at the path now, or none. */
  isReplaced(): boolean {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    return now === undefined || now.ino !== fstatSync(this.#file).ino;
  }

  /** Names the last commit that was found; empty where there is none. */
  get endMark(): string {
    if (this.#end <= HEADER_BYTES) return '';
    return `${this.#header.toString('latin1', 8, 24)}${this.#end}`;
  }

  /** Finds what was committed since. */
  refresh(): void {
    const header = this.#read(0, HEADER_BYTES);
    if (
      !header.equals(this.#header) ||
      !this.#read(this.#lastFrameAt(), FRAME_HEADER_BYTES).equals(this.#lastFrame)
    )
      this.#startOver(header);
    if (this.#end > 0) this.#readOn();
  }

  /** Reads a page into `into`. @returns whether the log holds it */
  readPage(page: number, into: Buffer): boolean {
    const frame = this.#frames.get(page);
    if (frame === undefined) return false;
    if (readSync(this.#file, into, 0, this.#pageSize, frame + FRAME_HEADER_BYTES) !== this.#pageSize)
      return false;
    // Looked at behind the page: whoever writes over a frame begins with its header.
    return this.#belongs(this.#read(frame, FRAME_HEADER_BYTES));
  }

  #lastFrameAt(): number {
    return Math.max(0, this.#end - this.#pageSize - FRAME_HEADER_BYTES);
  }

  #startOver(header: Buffer): void {
    this.#header = header;
    this.#frames.clear();
    this.#end = 0;
    if (header.length < HEADER_BYTES) return;
    const magic = header.readUInt32BE(0);
    const size = header.readUInt32BE(8);
    if ((magic & ~1) >>> 0 !== MAGIC) return;
    this.#littleEndian = (magic & 1) === 0;
    this.#pageSize = size;
    this.#sums = this.#checksum([0, 0], header, 0, 24);
    if (!sameSums(this.#sums, header, 24)) return;
    this.#end = HEADER_BYTES;
    this.#lastFrame = this.#read(this.#lastFrameAt(), FRAME_HEADER_BYTES);
  }

  /** Frames count up to the last one that ends a transaction, as long as each one's checksum follows from the one before. */
  #readOn(): void {
    const frameBytes = FRAME_HEADER_BYTES + this.#pageSize;
    const chunkBytes = Math.max(1, Math.floor(CHUNK_BYTES / frameBytes)) * frameBytes;
    const begun = new Map<number, number>();
    let sums = this.#sums;
    for (let from = this.#end; ; from += chunkBytes) {
      const chunk = this.#read(from, chunkBytes);
      for (let at = 0; at + frameBytes <= chunk.length; at += frameBytes) {
        const frame = chunk.subarray(at, at + frameBytes);
        if (!this.#belongs(frame)) return;
        sums = this.#checksum(sums, frame, 0, 8);
        sums = this.#checksum(sums, frame, FRAME_HEADER_BYTES, frameBytes);
        if (!sameSums(sums, frame, 16)) return;
        begun.set(frame.readUInt32BE(0), from + at);
        const isCommit = frame.readUInt32BE(4) > 0;
        if (!isCommit) continue;
        for (const [page, place] of begun) this.#frames.set(page, place);
        begun.clear();
        this.#end = from + at + frameBytes;
        this.#lastFrame = Buffer.from(frame.subarray(0, FRAME_HEADER_BYTES));
        this.#sums = sums;
      }
      if (chunk.length < chunkBytes) return;
    }
  }

  /** Each time the log is started over it gets other salts, which every frame repeats. */
  #belongs(frame: Buffer): boolean {
    return frame.length >= FRAME_HEADER_BYTES && this.#header.compare(frame, 8, 16, 16, 24) === 0;
  }

  #checksum([first, second]: Sums, bytes: Buffer, from: number, to: number): Sums {
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let a = first;
    let b = second;
    for (let at = from; at < to; at += 8) {
      a = (a + words.getUint32(at, this.#littleEndian) + b) >>> 0;
      b = (b + words.getUint32(at + 4, this.#littleEndian) + a) >>> 0;
    }
    return [a, b];
  }

  /** As many bytes as there are. */
  #read(from: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(this.#file, bytes, 0, length, from));
  }
}

type Sums = readonly [number, number];

function sameSums([a, b]: Sums, bytes: Buffer, at: number): boolean {
  return bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b;
}
