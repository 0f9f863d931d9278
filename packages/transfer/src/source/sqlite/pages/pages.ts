import { readSync } from 'node:fs';

const HEADER_BYTES = 100;

/** The sizes that the header of a file says (SQLite file format, 1.3). @param file descriptor */
export function readPageSizes(file: number): Pick<Pages, 'pageSize' | 'usableSize'> {
  const header = Buffer.alloc(HEADER_BYTES);
  readSync(file, header, 0, HEADER_BYTES, 0);
  const size = header.readUInt16BE(16);
  const pageSize = size === 1 ? 65_536 : size;
  return { pageSize, usableSize: pageSize - header.readUInt8(20) };
}

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
