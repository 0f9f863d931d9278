import type { SourceColumn } from './catalog.ts';

/** The names of the columns of a primary key, in its order. */
export function primaryKeyOf(columns: readonly Pick<SourceColumn, 'name' | 'keyPosition'>[]): string[] {
  return columns
    .filter(({ keyPosition }) => keyPosition > 0)
    .toSorted((a, b) => a.keyPosition - b.keyPosition)
    .map(({ name }) => name);
}
