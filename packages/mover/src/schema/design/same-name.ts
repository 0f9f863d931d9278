import { foldName } from '@vatevo/sqlite-sql';

/** As SQLite compares names. */
export function sameName(one: string, other: string): boolean {
  return one === other || (one.length === other.length && foldName(one) === foldName(other));
}
