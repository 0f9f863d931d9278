import { columnType } from '../../column-types/registry.ts';
import { formWriter } from '../../plan/form.ts';
import type { ColumnPlan, TablePlan } from '../../plan/types.ts';
import { quoteName, quoteQualified } from '../../quote.ts';

/** A function of PostgreSQL takes at most 100 arguments (FUNC_MAX_ARGS): more are nested. */
const MAX_ARGUMENTS = 90;

/** The stored value of a column as text, by the server's own output functions. */
export function printedColumn(column: ColumnPlan): string {
  return hashedColumn(column) ?? columnType(column.type).digestSql.printed(columnValue(column), column.type);
}

/** What tells the values of a column whose text may be larger than anybody can be sent. */
function hashedColumn(column: ColumnPlan): string | undefined {
  if (column.maxRead === undefined) return undefined;
  return columnType(column.type).digestSql.hashed?.(columnValue(column));
}

function columnValue(column: ColumnPlan): string {
  const value = `r.${quoteName(column.target)}`;
  const held = column.comparedInForm ? formWriter(column)?.held : undefined;
  return held === undefined ? value : held(value);
}

/** The same for the digest, without the cast where `concat_ws` prints what the cast would. */
function digestedColumn(column: ColumnPlan): string {
  return hashedColumn(column) ?? columnType(column.type).digestSql.digested(columnValue(column), column.type);
}

/** The counterpart of the source's row text (see row-text.ts), written by the server alone. */
function rowText({ columns }: TablePlan): string {
  const always = columns.filter(({ notNull }) => notNull);
  const missing = grouped(always.map(columnValue)).map((values) => `num_nulls(${values.join(', ')})`);
  const lengths = columns
    .filter(({ type, maxRead }) => maxRead === undefined && columnType(type).traits.isOpen(type))
    .map((column) => orElse(column, `octet_length(${digestedColumn(column)}::text)`, '-1'));
  const values = columns.map((column) =>
    column.notNull ? digestedColumn(column) : orElse(column, `${digestedColumn(column)}::text`, `''`),
  );
  const counted = missing.length > 0 ? [missing.join(' + ')] : [];
  // What the server sends to a client is UTF-8 already.
  return `textsend(${joined([...counted, ...lengths, ...values])})`;
}

/** `concat_ws` passes over NULL, and no place may be left out. */
function orElse({ notNull }: ColumnPlan, value: string, otherwise: string): string {
  return notNull ? value : `coalesce(${value}, ${otherwise})`;
}

function joined(parts: readonly string[]): string {
  const groups = grouped(parts).map((group) => `concat_ws(E'\\x1f', ${group.join(', ')})`);
  return groups.length === 1 ? (groups[0] as string) : joined(groups);
}

function grouped(parts: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (let i = 0; i < parts.length; i += MAX_ARGUMENTS) groups.push(parts.slice(i, i + MAX_ARGUMENTS));
  return groups;
}

export interface DigestScope {
  /** What to read of the table, qualified and quoted: itself, or one of its partitions. */
  readonly from: string;
  /** Pages of the table, from the first to before the second; all of them when omitted. */
  readonly pages?: readonly [number, number];
  /** Whether the server makes a number of eight bytes itself, as it does from PostgreSQL 18 on. */
  readonly castsBytes: boolean;
}

/**
 * One row: `rows`, the `bytes` of their texts, and the sums `high` and `low` of the digests' leading halves as
 * signed numbers, all as text.
 */
export function digestQuery(table: TablePlan, { from: relation, pages, castsBytes }: DigestScope): string {
  const half = (from: number) => halfSum(from, castsBytes);
  const where = pages ? `WHERE r.ctid >= '(${pages[0]},0)' AND r.ctid < '(${pages[1]},0)'` : '';
  // OFFSET 0 is a fence: without it each text and digest would be computed for each of the sums.
  return `
    SELECT count(*)::text AS rows, coalesce(sum(bytes), 0)::text AS bytes,
           coalesce(${half(1)}, 0)::text AS high, coalesce(${half(9)}, 0)::text AS low
    FROM (SELECT octet_length(text) AS bytes, sha256(text) AS digest
          FROM (SELECT ${rowText(table)} AS text
                FROM ${relation} r ${where} OFFSET 0) t OFFSET 0) d`;
}

function halfSum(from: number, castsBytes: boolean): string {
  const bytes = `substr(digest, ${from}, 8)`;
  return `sum(${castsBytes ? bytes : `('x' || encode(${bytes}, 'hex'))::bit(64)`}::bigint)`;
}

/** The same for each `place`, which is an expression over the row `r`. */
export function placeSumsQuery(table: TablePlan, place: string): string {
  return `
    SELECT place, count(*)::text AS rows, ${halfSum(1, false)}::text AS high, ${halfSum(9, false)}::text AS low
    FROM (SELECT ${place} AS place, sha256(${rowText(table)}) AS digest
          FROM ${quoteQualified(table.target)} r OFFSET 0) d
    GROUP BY place`;
}

/** Every row's digest with its printed values; those for which a condition over `r` holds, if one is given. */
export function rowsQuery(table: TablePlan, condition?: string): string {
  const values = table.columns.map((column, i) => `${printedColumn(column)} AS v${i}`);
  return `SELECT encode(sha256(${rowText(table)}), 'hex') AS digest, ${values.join(', ')}
    FROM ${quoteQualified(table.target)} r${condition === undefined ? '' : ` WHERE ${condition}`}`;
}

/**
 * One row: `keys` and `digests` of the rows between two values of the key, which is a whole number, one behind the other.
 * NULL where there are none. The bounds, $1 and $2, may be beyond what the column can hold.
 */
export function packedDigestQuery(table: TablePlan): string {
  const key = `r.${quoteName(table.columns[table.identity[0] as number]?.target ?? '')}`;
  return `SELECT string_agg(int8send(key), ''::bytea ORDER BY key) AS keys, string_agg(digest, ''::bytea ORDER BY key) AS digests
    FROM (SELECT ${key}::int8 AS key, sha256(${rowText(table)}) AS digest
          FROM ${quoteQualified(table.target)} r WHERE ${key} BETWEEN $1::int8 AND $2::int8 OFFSET 0) d`;
}

/** Identity and digest of rows: `d`, and `k0`, `k1`, … as text. @param where a condition on the row `r` */
export function keyedDigestQuery(table: TablePlan, where: string): string {
  const keys = table.identity.map(
    (column, i) => `${printedColumn(table.columns[column] as ColumnPlan)} AS k${i}`,
  );
  return `SELECT encode(sha256(${rowText(table)}), 'hex') AS d, ${keys.join(', ')}
    FROM ${quoteQualified(table.target)} r WHERE ${where}`;
}
