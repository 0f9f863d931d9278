import { columnType, findColumnType } from '@vatevo/transfer/column-types';
import { type ColumnPlan, quoteName, quoteText } from '@vatevo/transfer/plan';

/** How much smaller a value may lie in PostgreSQL than it is, by its compression. */
const COMPRESSED = 300;

/** SQL that keeps rows from being sent which are too large for the driver of either side. */
export interface LargeRows {
  /** Behind `FROM … r`. */
  readonly join: string;
  /** A column's printed value, but for what is large of such rows. */
  readonly sent: (column: ColumnPlan) => string;
  /** Which of a row's values are too large, as text; NULL where none is. */
  readonly note: string;
}

/**
 * @param printed SQL of the text that is sent for a column
 * @param most bytes of such a text, and of a row in the file
 */
export function largeRows(
  columns: readonly ColumnPlan[],
  printed: (column: ColumnPlan) => string,
  most: number,
): LargeRows {
  const isWide = (column: ColumnPlan) =>
    `pg_column_size(r.${quoteName(column.target)}) > ${Math.floor(most / COMPRESSED)}`;
  const sizes = columns.filter(mayBeLarge).map((column) => {
    const value = `r.${quoteName(column.target)}`;
    // Of bytes that are large enough the server would not even make the text.
    const ofBytes = findColumnType(column.type.name)?.restore?.bytes?.(value);
    const bytes = `(${ofBytes ?? `octet_length(${printed(column)})`})::bigint`;
    const ifWide = (sql: string) => `CASE WHEN ${isWide(column)} THEN ${sql} END`;
    return {
      stored: `coalesce(${ifWide(bytes)}, 0)`,
      sent: ifWide(ofBytes === undefined ? bytes : `${bytes} * 2`),
      said: ifWide(`${quoteText(`${column.target} has `)} || ${bytes} || ' bytes'`),
    };
  });
  if (sizes.length === 0) return { join: '', sent: printed, note: 'NULL' };
  const list = (of: keyof (typeof sizes)[number]) => sizes.map((size) => size[of]);
  const isLarge = `greatest(${list('sent').join(', ')}) > ${most} OR ${list('stored').join(' + ')} > ${most}`;
  return {
    join: ` CROSS JOIN LATERAL (SELECT coalesce(${isLarge}, false) AS vatevo_is_large OFFSET 0) vatevo_row`,
    sent: (column) =>
      mayBeLarge(column)
        ? `CASE WHEN NOT (vatevo_is_large AND ${isWide(column)}) THEN ${printed(column)} END`
        : printed(column),
    note: `CASE WHEN vatevo_is_large THEN concat_ws(', ', ${list('said').join(', ')}) END`,
  };
}

function mayBeLarge({ type }: ColumnPlan): boolean {
  const { isUnbounded, keepsText } = columnType(type).traits;
  return isUnbounded || keepsText;
}
