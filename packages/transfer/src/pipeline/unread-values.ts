import { columnType } from '../column-types/registry.ts';
import { TransferError } from '../errors.ts';
import { type ColumnPlan, sourceName, type TablePlan, type TransferPlan } from '../plan/types.ts';
import { describeLarge, type LargeValue, type Source, type SourceCatalog } from '../source/source.ts';
import type { TargetCatalog } from '../target/target.ts';

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

/** What the server evaluates of the rows of the target's tables. */
export interface ServerRules extends Pick<TargetCatalog, 'checks' | 'keys' | 'generated' | 'indexes'> {
  readonly targetTables: TargetCatalog['tables'];
}

export const NO_RULES: ServerRules = { checks: [], keys: [], generated: [], indexes: [], targetTables: [] };

/** A column with values that the driver does not read, and why they cannot go. */
export interface Unread {
  /** As it is left behind. */
  readonly name: string;
  readonly value: LargeValue;
  readonly reason: string;
}

/** Finds values that the driver does not read, where they cannot be carried as they are stored, or not held. */
export function findUnread(
  catalog: SourceCatalog,
  plan: TransferPlan,
  rules: ServerRules,
  maxRead: number,
): Unread[] {
  return plan.tables.flatMap((table) => {
    const unread = table.columns.filter((column) => column.maxRead !== undefined);
    if (unread.length === 0) return [];
    const found = unread.flatMap((column) => {
      const value = catalog.valueWithMore(table, sourceName(column), maxRead);
      return value ? [{ column, name: `${table.source}.${sourceName(column)}`, value }] : [];
    });
    const refused = found.flatMap((one) => {
      const reason = whyNot(table, one.column, one.value, rules);
      return reason === undefined ? [] : [{ ...one, reason }];
    });
    // What stays behind is in the way of nothing.
    const rest = {
      ...table,
      columns: table.columns.filter((one) => !refused.some(({ column }) => column === one)),
    };
    const others = found.filter(({ name }) => !refused.some((one) => one.name === name));
    const reason =
      others.length === 0
        ? undefined
        : catalog.largeRows(rest, MAX_ROW_BYTES, 1).length > 0
          ? `a row of PostgreSQL holds about ${MAX_ROW_BYTES} bytes`
          : catalog.readsStored(rest)
            ? undefined
            : WHY_NOT_STORED;
    return [...refused, ...(reason === undefined ? [] : others.map((one) => ({ ...one, reason })))];
  });
}

/**
 * @param rules none where the rows are in the target already
 * @throws TransferError `source-refused` with every column that holds such values, and why they cannot go
 */
export function refuseUnread(source: Source, plan: TransferPlan, rules: ServerRules): void {
  const found = source.look((catalog) => findUnread(catalog, plan, rules, source.maxRead));
  if (found.length === 0) return;
  const named = found.map((one) => `${one.name} (${describeUnread(one)})`).join(', ');
  throw new TransferError(
    'source-refused',
    `The source holds values of more than ${source.maxRead} bytes that cannot be carried: ${named}.`,
    { next: { step: 'decide', leaveBehind: found.map(({ name }) => name), needless: [] } },
  );
}

/** How large the value is, where, and why it cannot go. */
export function describeUnread({ value, reason }: Unread): string {
  return `${describeLarge(value)}: ${reason}`;
}

function whyNot(
  table: TablePlan,
  column: ColumnPlan,
  { bytes }: LargeValue,
  rules: ServerRules,
): string | undefined {
  if (!Number.isFinite(bytes)) return 'it cannot be read';
  if (columnType(column.type).digestSql.hashed === undefined) return `${column.type.sql} holds no such value`;
  if (column.derive ?? column.decision ?? column.whenNull)
    return 'it is too large for a decision to be made on it';
  if (table.identity.some((i) => table.columns[i] === column)) return 'it is too large for a key';
  return ruleOn(table, column, rules);
}

const DROP = 'drop that there, and make it again after the move';

/** A rule of the target that reads a column, and cannot be tried. */
function ruleOn(
  { target }: TablePlan,
  column: ColumnPlan,
  { targetTables, checks, keys, generated, indexes }: ServerRules,
): string | undefined {
  const reads = (one: { readonly table: string; readonly columns: readonly string[] }) =>
    one.table === target.name && one.columns.includes(column.target);
  const check = checks.find(reads);
  if (check) return `whether one ${check.reason} cannot be tried beforehand: ${DROP}`;
  const computed = generated.find(reads);
  if (computed) return `what the target computes of it for ${computed.name} cannot be tried: ${DROP}`;
  const index = indexes.find(reads) ?? keys.find(reads);
  if (index) return `the index ${index.name} of the target cannot be tried on it: ${DROP}`;
  const own = targetTables.find(({ name }) => name === target.name);
  const constraint = [...(own?.uniqueKeys ?? []), ...(own?.foreignKeys ?? [])].find(({ columns }) =>
    columns.includes(column.target),
  );
  return constraint && `the key ${constraint.name} of the target cannot be tried on it: ${DROP}`;
}

const WHY_NOT_STORED =
  'such a value can only be read as it is stored: in a table with rowids, from a file without a write-ahead log, where no other column of the table needs a decision';
