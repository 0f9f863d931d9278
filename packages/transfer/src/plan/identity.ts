import type { TablePlan } from './types.ts';

/** What tells a row from others, in a form that is the same on both sides; its digest when nothing does. */
export function identityOf(
  table: TablePlan,
  value: (column: number) => string | null | undefined,
  digest: string,
): string {
  if (table.identity.length === 0) return digest;
  return table.identity.map((column) => `${table.columns[column]?.target}=${value(column)}`).join(', ');
}
