import { readSync } from 'node:fs';
import { Corrupt } from './corrupt.ts';

/** Fills the buffer with a file's bytes from there on. */
export function readWhole(file: number, buffer: Buffer, from: number): void {
  for (let read = 0; read < buffer.length; ) {
    const more = readSync(file, buffer, read, buffer.length - read, from + read);
    if (more === 0) throw new Corrupt('the file became shorter while it was read');
    read += more;
  }
}
