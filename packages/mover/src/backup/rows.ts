import type { TableEntry } from './manifest.ts';

export function countRows(tables: readonly TableEntry[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
