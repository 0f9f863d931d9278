import { quoteName } from '../quote.ts';
import type { ColumnPlan, TablePlan } from './types.ts';

/** The alias of the table that a scan reads. */
const ROW = 't';

/** A column's value in the source as a SQL expression over the row `t`. */
export function sourceExpression(column: ColumnPlan, row = ROW): string {
  if ('column' in column.from) return `${row}.${quoteName(column.from.column)}`;
  const { column: local, table, key, value } = column.from.through;
  return `(SELECT p.${quoteName(value)} FROM ${quoteName(table)} p WHERE p.${quoteName(key)} = ${row}.${quoteName(local)})`;
}

/** `FROM … [WHERE rowid BETWEEN ? AND ?]`, in an order that is the same every time. */
export function fromRange(table: TablePlan, ranged: boolean): string {
  const from = `FROM ${quoteName(table.source)} ${ROW}`;
  if (table.rowid === undefined)
    return `${from} ORDER BY ${table.key.map((name) => `${ROW}.${quoteName(name)}`).join(', ')}`;
  const rowid = `${ROW}.${quoteName(table.rowid)}`;
  return ranged ? `${from} WHERE ${rowid} BETWEEN ? AND ? ORDER BY ${rowid}` : `${from} ORDER BY ${rowid}`;
}

/** The key's columns as SQL expressions over the row `t`. */
export function keyExpressions(table: TablePlan): string[] {
  return table.key.map((name) => `${ROW}.${quoteName(name)}`);
}
