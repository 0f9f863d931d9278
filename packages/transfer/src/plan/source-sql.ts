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
  const locators = locatorExpressions(table);
  const conditions = [
    ...(ranged && table.rowid !== undefined ? [`${locators[0]} BETWEEN ? AND ?`] : []),
    ...(table.leftOut === undefined ? [] : [`NOT ${isListed(table, table.leftOut)}`]),
  ];
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  return `FROM ${quoteName(table.source)} ${ROW}${where} ORDER BY ${locators.join(', ')}`;
}

/** What locates a row within one state of the source: its rowid, or its key where there is none. */
export function locatorExpressions(table: TablePlan, row = ROW): string[] {
  const names = table.rowid === undefined ? table.key : [table.rowid];
  return names.map((name) => `${row}.${quoteName(name)}`);
}

/** That a row's locators stand in a list of the connection, whose columns are `l0`, `l1`, … */
export function isListed(table: TablePlan, list: string, row = ROW): string {
  // `+` takes a column's affinity away: the list has none, and only so is the list's index of use.
  const affinity = table.rowid === undefined ? '+' : '';
  const same = locatorExpressions(table, row).map((locator, i) => `x.l${i} IS ${affinity}${locator}`);
  return `EXISTS (SELECT 1 FROM temp.${quoteName(list)} x WHERE ${same.join(' AND ')})`;
}

/** That a row is the one of the list's line `x`, found by the table's own key. A key may hold NULL. */
export function sameLocators(table: TablePlan, row = ROW): string {
  return locatorExpressions(table, row)
    .map((locator, i) => `${locator} IS x.l${i}`)
    .join(' AND ');
}

/** The locators so that no byte of theirs is lost: for each whether it is text, and then its bytes. */
export function exactLocators(table: TablePlan): string[] {
  return locatorExpressions(table).flatMap((locator) => [
    `typeof(${locator}) = 'text'`,
    `iif(typeof(${locator}) = 'text', CAST(${locator} AS BLOB), ${locator})`,
  ]);
}

/** The key's columns as SQL expressions over the row `t`. */
export function keyExpressions(table: TablePlan): string[] {
  return table.key.map((name) => `${ROW}.${quoteName(name)}`);
}
