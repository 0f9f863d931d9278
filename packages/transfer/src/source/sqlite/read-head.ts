import { readSync } from 'node:fs';
import { holdOpen } from './hold-open.ts';

/** The first bytes of a file (fewer when it is shorter), read beside SQLite's own connections. */
export function readHead(file: string, bytes: number): Buffer {
  const head = Buffer.alloc(bytes);
  return head.subarray(0, readSync(holdOpen(file), head, 0, bytes, 0));
}
