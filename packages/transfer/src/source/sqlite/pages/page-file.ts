import { existsSync, fstatSync, statSync } from 'node:fs';
import { holdOpen } from '../hold-open.ts';
import { Corrupt } from './corrupt.ts';
import { type Pages, readPageSizes } from './pages.ts';
import { readWhole } from './read-whole.ts';
import type { WriteAheadLog } from './write-ahead-log.ts';

/**
 * How pages are read and kept: in windows of so many bytes, each in the one slot that its number leads to
 * (so many, a power of two).
 */
interface Access {
  readonly windowBytes: number;
  readonly slots: number;
}

/** The write-ahead log of a file that others write to, where there is one. */
export interface LiveLog {
  readonly current: WriteAheadLog | undefined;
}

const ACCESS = {
  /** A leaf's neighbours are mostly wanted next. */
  scan: { windowBytes: 256 * 1024, slots: 16 },
  /** Rows here and there, of which the same and their neighbours come again soon: 16 MB. */
  lookup: { windowBytes: 32 * 1024, slots: 512 },
  /** One page here and another there, of which none is wanted twice. */
  single: { windowBytes: 0, slots: 1 },
} as const satisfies Record<string, Access>;

/**
 * The pages of a SQLite file (SQLite file format, 1.2 and 1.3), read from the file itself.
 *
 * Only for a file that a read transaction of this process holds still. Where its content does not lie in the file
 * alone, because there is a write-ahead log, {@link PageFile.open} gives nothing; {@link PageFile.openLive} reads
 * that log, too.
 */
export class PageFile implements Pages {
  readonly usableSize: number;
  readonly pageSize: number;
  buffer: Buffer = Buffer.alloc(0);
  readonly #file: number;
  readonly #log: LiveLog | undefined;
  #size: number;
  readonly #windowBytes: number;
  readonly #slots: (Buffer | undefined)[];
  /** The window in each slot, −1 for none. */
  readonly #held: Int32Array;
  #current = -1;
  /** The page of the log that was read last. */
  #logged = Buffer.alloc(0);
  #loggedPage = -1;

  private constructor(file: number, { windowBytes, slots }: Access, log?: LiveLog) {
    this.#file = file;
    this.#log = log;
    this.#size = fstatSync(file).size;
    const { pageSize, usableSize } = readPageSizes(file);
    this.pageSize = pageSize;
    this.usableSize = usableSize;
    this.#windowBytes = Math.max(windowBytes, this.pageSize);
    this.#slots = new Array(slots).fill(undefined);
    this.#held = new Int32Array(slots).fill(-1);
  }

  static open(path: string, access: keyof typeof ACCESS): PageFile | undefined {
    if (existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0) return undefined;
    return PageFile.#open(path, access);
  }

  /**
   * For a file that others write to, in any journal mode. In each read transaction, {@link refresh} it before anything is
   * read, and its log before that.
   */
  static openLive(path: string, access: keyof typeof ACCESS, log: LiveLog): PageFile {
    return PageFile.#open(path, access, log);
  }

  static #open(path: string, access: keyof typeof ACCESS, log?: LiveLog): PageFile {
    return new PageFile(holdOpen(path), ACCESS[access], log);
  }

  /** Forgets what was read: the file may have changed since. */
  refresh(): void {
    this.#loggedPage = -1;
    this.#size = fstatSync(this.#file).size;
    this.#held.fill(-1);
    this.#current = -1;
  }

  seek(page: number): number {
    if (this.#log?.current && this.#seekLogged(page)) return 0;
    const offset = (page - 1) * this.pageSize;
    const window = Math.floor(offset / this.#windowBytes);
    if (window !== this.#current) this.#load(window);
    const at = offset - window * this.#windowBytes;
    if (page < 1 || at + this.pageSize > this.buffer.length) throw new Corrupt(`there is no page ${page}`);
    return at;
  }

  #seekLogged(page: number): boolean {
    if (page !== this.#loggedPage) {
      if (this.#logged.length === 0) this.#logged = Buffer.allocUnsafeSlow(this.pageSize);
      this.#loggedPage = -1;
      if (!this.#log?.current?.readPage(page, this.#logged)) return false;
      this.#loggedPage = page;
    }
    this.buffer = this.#logged;
    this.#current = -1;
    return true;
  }

  #load(window: number): void {
    const slot = window & (this.#slots.length - 1);
    if (this.#held[slot] !== window) this.#fill(slot, window);
    this.buffer = this.#slots[slot] as Buffer;
    this.#current = window;
  }

  #fill(slot: number, window: number): void {
    const from = window * this.#windowBytes;
    const length = Math.min(this.#windowBytes, this.#size - from);
    if (length <= 0) throw new Corrupt('a page lies behind the end of the file');
    const kept = this.#slots[slot];
    const buffer = kept?.length === length ? kept : Buffer.allocUnsafeSlow(length);
    // Nothing is held until it is read whole.
    this.#held[slot] = -1;
    this.#slots[slot] = buffer;
    readWhole(this.#file, buffer, from);
    this.#held[slot] = window;
  }
}
