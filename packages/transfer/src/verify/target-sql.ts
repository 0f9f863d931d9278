import type { ColumnPlan, TablePlan } from '../plan/types.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { isOpen } from './digest-form.ts';

/** A function of PostgreSQL takes at most 100 arguments (FUNC_MAX_ARGS): more are nested. */
const MOST_ARGUMENTS = 90;

/**
 * The stored value of a column as text, by the server's own output functions (never by our code): bytes
 * and floats in hex, because their text forms depend on settings and versions.
 */
export function printedColumn(column: ColumnPlan): string {
  const value = `r.${quoteName(column.target)}`;
  return column.type.name === 'bytea' ? `encode(${value}, 'hex')` : `${digestedColumn(column)}::text`;
}

/** The same for the digest, without the cast where `concat` prints what the cast would. */
function digestedColumn(column: ColumnPlan): string {
  const value = `r.${quoteName(column.target)}`;
  switch (column.type.name) {
    case 'bytea':
      // Its digest: a closed form, and half a gigabyte of bytes is no gigabyte of digits.
      return `encode(sha256(${value}), 'hex')`;
    case 'float8':
      return `encode(float8send(${value}), 'hex')`;
    case 'float4':
      return `encode(float4send(${value}), 'hex')`;
    case 'bool':
    case 'bpchar':
      return `${value}::text`;
    default:
      return value;
  }
}

/** The counterpart of the source's row text and its digest (see row-text.ts), computed by the server alone. */
function digestExpression(table: TablePlan): string {
  const lengths = table.columns
    .filter((column) => isOpen(column.type))
    .flatMap((column) => [`octet_length(${digestedColumn(column)}::text)`, `','`]);
  const values = table.columns.flatMap((column) => [digestedColumn(column), `E'\\x1f'`]);
  return `sha256(convert_to(${concatenated([...lengths, ...values])}, 'UTF8'))`;
}

function concatenated(parts: readonly string[]): string {
  if (parts.length <= MOST_ARGUMENTS) return `concat(${parts.join(', ')})`;
  const nested: string[] = [];
  for (let i = 0; i < parts.length; i += MOST_ARGUMENTS) {
    nested.push(concatenated(parts.slice(i, i + MOST_ARGUMENTS)));
  }
  return concatenated(nested);
}

/**
 * One row: `rows`, and the sums `high` and `low` of the digests' leading halves as signed numbers, all as text.
 *
 * @param pages of the table, from the first to before the second; all of them when omitted
 */
export function digestQuery(table: TablePlan, pages?: readonly [number, number]): string {
  const half = (from: number) => `sum(('x' || substr(digest, ${from}, 16))::bit(64)::bigint)`;
  const where = pages ? `WHERE r.ctid >= '(${pages[0]},0)' AND r.ctid < '(${pages[1]},0)'` : '';
  // OFFSET 0 is a fence: without it each digest would be computed for each of the sums.
  return `
    SELECT count(*)::text AS rows, coalesce(${half(1)}, 0)::text AS high, coalesce(${half(17)}, 0)::text AS low
    FROM (SELECT encode(${digestExpression(table)}, 'hex') AS digest
          FROM ${quoteQualified(table.target)} r ${where} OFFSET 0) d`;
}

/** Every row's digest with its printed values. */
export function rowsQuery(table: TablePlan): string {
  const values = table.columns.map((column, i) => `${printedColumn(column)} AS v${i}`);
  return `SELECT encode(${digestExpression(table)}, 'hex') AS digest, ${values.join(', ')}
    FROM ${quoteQualified(table.target)} r`;
}

/** Identity and digest of rows: `d`, and `k0`, `k1`, … as text. @param where a condition on the row `r` */
export function keyedDigestQuery(table: TablePlan, where: string): string {
  const keys = table.identity.map(
    (column, i) => `${printedColumn(table.columns[column] as ColumnPlan)} AS k${i}`,
  );
  return `SELECT encode(${digestExpression(table)}, 'hex') AS d, ${keys.join(', ')}
    FROM ${quoteQualified(table.target)} r WHERE ${where}`;
}
