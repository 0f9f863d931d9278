import type { ColumnPlan, TablePlan } from '../plan/types.ts';
import { quoteName, quoteQualified } from '../quote.ts';

/**
 * The stored value of a column as text, by the server's own output functions (never by our code): bytes
 * and floats in hex, because their text forms depend on settings and versions.
 */
export function printedColumn(column: ColumnPlan, row = 'r'): string {
  const value = `${row}.${quoteName(column.target)}`;
  switch (column.type.name) {
    case 'bytea':
      return `encode(${value}, 'hex')`;
    case 'float8':
      return `encode(float8send(${value}), 'hex')`;
    case 'float4':
      return `encode(float4send(${value}), 'hex')`;
    default:
      return `${value}::text`;
  }
}

/** Every row with its values printed, behind a fence so that each is printed once. */
function printedRows(table: TablePlan): string {
  const columns = table.columns.map((column, i) => `${printedColumn(column)} AS v${i}`);
  return `SELECT ${columns.join(', ')} FROM ${quoteQualified(table.target)} r OFFSET 0`;
}

/** The counterpart of the source's row digest, computed by the server alone. */
function digestExpression(table: TablePlan): string {
  const parts = table.columns.map((_, i) => `coalesce('V' || octet_length(v${i}) || ':' || v${i}, 'N')`);
  return `encode(sha256(convert_to(${parts.join(' || ')}, 'UTF8')), 'hex')`;
}

/** One row: `rows`, and the sums `high` and `low` of the digests' leading halves, all as text. */
export function digestQuery(table: TablePlan): string {
  const half = (from: number) => `sum(('x' || substr(digest, ${from}, 16))::bit(64)::bigint)`;
  return `
    SELECT count(*)::text AS rows, coalesce(${half(1)}, 0)::text AS high, coalesce(${half(17)}, 0)::text AS low
    FROM (SELECT ${digestExpression(table)} AS digest FROM (${printedRows(table)}) p) d`;
}

/** Every row's digest with its printed values. */
export function rowsQuery(table: TablePlan): string {
  const values = table.columns.map((_, i) => `v${i}`);
  return `SELECT ${digestExpression(table)} AS digest, ${values.join(', ')} FROM (${printedRows(table)}) p`;
}
