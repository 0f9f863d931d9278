import { foldName } from '@vatevo/sqlite-sql';

/**
 * What each name stands for: SQLite compares names without regard to case, PostgreSQL does not. So an exact
 * match wins, and what one name matches exactly no other name takes by its case.
 */
export function pairByName<T extends { readonly name: string }>(
  names: readonly string[],
  items: readonly T[],
): (T | undefined)[] {
  const exact = new Set(names);
  const loosely = new Map<T, string>();
  return names.map((name) => {
    const found = items.find((item) => item.name === name);
    if (found) return found;
    const similar = items.find(
      (item) =>
        foldName(item.name) === foldName(name) &&
        !exact.has(item.name) &&
        (loosely.get(item) ?? name) === name,
    );
    if (similar) loosely.set(similar, name);
    return similar;
  });
}
