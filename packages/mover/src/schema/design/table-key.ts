import { foldName } from '@vatevo/sqlite-sql';
import type { FileTable } from '../file/read-file.ts';

/** The columns of a table's primary key, in its order. */
export function keyOf({ columns }: FileTable): string[] {
  return columns
    .filter(({ keyPosition }) => keyPosition > 0)
    .toSorted((a, b) => a.keyPosition - b.keyPosition)
    .map(({ name }) => name);
}

/** As SQLite compares names. */
export function sameName(one: string, other: string): boolean {
  return one === other || (one.length === other.length && foldName(one) === foldName(other));
}
