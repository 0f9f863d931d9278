import { fstatSync } from 'node:fs';
import { holdOpen } from '../hold-open.ts';
import { Corrupt } from './corrupt.ts';
import { type Pages, readPageSizes } from './pages.ts';
import { readWhole } from './read-whole.ts';

/** Bytes that are read at once: a page's neighbours are mostly wanted, too. */
const WINDOW_BYTES = 64 * 1024;

/**
 * Pages of a file that others write to, as they were while nobody could: what is sought within a read transaction is kept,
 * and can be read when it has ended.
 *
 * Only for a file with a rollback journal, whose pages are those that the transaction reads.
 */
export class HeldPages implements Pages {
  pageSize = 0;
  usableSize = 0;
  buffer: Buffer = Buffer.alloc(0);
  /** Of the file. */
  size = 0;
  /** That are kept. */
  bytes = 0;
  readonly #file: number;
  readonly #windows = new Map<number, Buffer>();
  readonly #spare: Buffer[] = [];
  #windowBytes = WINDOW_BYTES;
  #isOpen = false;

  constructor(path: string) {
    this.#file = holdOpen(path);
  }

  /** A read transaction has begun: what was kept is forgotten. */
  begin(): void {
    this.#spare.push(...this.#windows.values());
    this.#windows.clear();
    this.bytes = 0;
    this.size = fstatSync(this.#file).size;
    const { pageSize, usableSize } = readPageSizes(this.#file);
    this.pageSize = pageSize;
    this.usableSize = usableSize;
    this.#windowBytes = Math.max(WINDOW_BYTES, this.pageSize);
    this.#isOpen = true;
  }

  /** The transaction is about to end: from now on, there is nothing but what is kept. */
  end(): void {
    this.#isOpen = false;
  }

  seek(page: number): number {
    const offset = (page - 1) * this.pageSize;
    const window = Math.floor(offset / this.#windowBytes);
    this.buffer = this.#windows.get(window) ?? this.#read(window);
    const at = offset - window * this.#windowBytes;
    if (at + this.pageSize > this.buffer.length) throw new Corrupt(`there is no page ${page}`);
    return at;
  }

  /** What is kept, with its place in the file. */
  *[Symbol.iterator](): Generator<readonly [at: number, bytes: Buffer], void> {
    for (const [window, bytes] of this.#windows) yield [window * this.#windowBytes, bytes];
  }

  #read(window: number): Buffer {
    const from = window * this.#windowBytes;
    const length = Math.min(this.#windowBytes, this.size - from);
    if (!this.#isOpen) throw new Corrupt(`nothing was kept of the pages from byte ${from} on`);
    if (from < 0 || length <= 0) throw new Corrupt('a page lies behind the end of the file');
    const spare = this.#spare.pop();
    const buffer = spare?.length === length ? spare : Buffer.allocUnsafeSlow(length);
    readWhole(this.#file, buffer, from);
    this.#windows.set(window, buffer);
    this.bytes += length;
    return buffer;
  }
}
