import { columnType } from '../column-types/registry.ts';
import { TransferError } from '../errors.ts';
import type { ColumnPlan, TablePlan, TransferPlan } from '../plan/types.ts';
import type { Source, SourceCatalog } from '../source/source.ts';

/** Bytes of a row that PostgreSQL surely holds: it makes a row in one piece of at most 1 GiB. */
const MAX_ROW_BYTES = 1_050_000_000;

/** Says of each column that holds such values which ones the driver does not read. The source must stand still. */
export function markUnread(plan: TransferPlan, catalog: SourceCatalog, maxRead: number): TransferPlan {
  const found = catalog.columnsWithMore(plan, maxRead);
  if (found.length === 0) return plan;
  const isFound = (table: TablePlan, { from }: ColumnPlan) =>
    found.some((one) => one.table === table.source && 'column' in from && one.column === from.column);
  const tables = plan.tables.map((table) => ({
    ...table,
    columns: table.columns.map((column) => (isFound(table, column) ? { ...column, maxRead } : column)),
  }));
  return { ...plan, tables };
}

/**
 * Refuses values that the driver does not read, where they cannot be carried as they are stored, or not held.
 *
 * @throws TransferError `source-refused` with every column that holds such values, and why they cannot go
 */
export function refuseUnread(source: Source, plan: TransferPlan): void {
  const found = source.look((catalog) =>
    plan.tables.flatMap((table) => {
      const unread = table.columns.filter(({ maxRead }) => maxRead !== undefined);
      if (unread.length === 0) return [];
      const isTooMuch = catalog.largeRows(table, MAX_ROW_BYTES, 1).length > 0;
      return unread.flatMap((column) => {
        const reason = isTooMuch
          ? `a row of PostgreSQL holds about ${MAX_ROW_BYTES} bytes`
          : whyNot(catalog, table, column);
        return reason === undefined ? [] : [{ name: nameOf(table, column), reason }];
      });
    }),
  );
  if (found.length === 0) return;
  const most = source.maxRead;
  const named = found.map(({ name, reason }) => `${name} (${reason})`).join(', ');
  throw new TransferError(
    'source-refused',
    `The source holds values of more than ${most} bytes that cannot be carried: ${named}.`,
    { next: { step: 'decide', leaveBehind: found.map(({ name }) => name), needless: [] } },
  );
}

function whyNot(catalog: SourceCatalog, table: TablePlan, column: ColumnPlan): string | undefined {
  if (columnType(column.type).digestSql.hashed === undefined)
    return `${column.type.sql} holds no such values`;
  if (column.derive ?? column.decision ?? column.whenNull)
    return 'they are too large for a decision to be made on them';
  if (table.identity.some((i) => table.columns[i] === column)) return 'they are too large for a key';
  if (!catalog.readsStored(table)) return WHY_NOT_STORED;
  return undefined;
}

const WHY_NOT_STORED =
  'they can only be read as they are stored: in a table with rowids and without generated columns, from a file without a write-ahead log, where no other column of the table needs a decision';

function nameOf({ source }: TablePlan, { from }: ColumnPlan): string {
  return `${source}.${'column' in from ? from.column : from.through.column}`;
}
