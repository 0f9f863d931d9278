/** Pages of a SQLite file (SQLite file format, 1.2), of which one at a time is to be read. */
export interface Pages {
  readonly pageSize: number;
  /** Bytes of a page that may hold content. */
  readonly usableSize: number;
  /** The buffer that the last {@link seek} found its page in. */
  readonly buffer: Buffer;
  /** Makes a page readable in {@link buffer}. @returns where it begins there */
  seek(page: number): number;
}
