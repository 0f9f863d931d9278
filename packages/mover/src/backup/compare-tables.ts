import type { TableEntry } from './manifest.ts';

/** In which tables two databases differ, in words. */
export function compareTables(expected: readonly TableEntry[], found: readonly TableEntry[]): string[] {
  const others = new Map(found.map((table) => [table.name, table]));
  const differences = expected.flatMap(({ name, rows, digest }) => {
    const other = others.get(name);
    others.delete(name);
    if (other === undefined) return [`the table ${name} is missing`];
    if (other.rows !== rows) return [`the table ${name} has ${other.rows} rows and should have ${rows}`];
    return other.digest === digest ? [] : [`values of the table ${name} differ`];
  });
  return [...differences, ...[...others.keys()].map((name) => `the table ${name} should not be there`)];
}
