import type { PostgresTable } from '../postgres/catalog.ts';
import { quoteName } from '../quote.ts';
import type { RelationRule } from '../readers/protocol.ts';
import type { SqliteTable } from '../sqlite/catalog.ts';
import { keyExpressions, sourceExpression } from './source-sql.ts';
import { type ColumnPlan, sourceName, type TablePlan, type TransferPlan } from './types.ts';

/**
 * The rules over several rows that the target enforces and the source may have broken: foreign keys
 * (SQLite checks them only when asked) and unique keys that the source does not have.
 */
export function relationRules(
  plan: TransferPlan,
  source: readonly SqliteTable[],
  target: readonly PostgresTable[],
): RelationRule[] {
  return plan.tables.flatMap((table) => {
    const catalog = target.find((candidate) => candidate.name === table.target.name);
    if (catalog === undefined) return [];
    return [...foreignKeyRules(table, catalog, plan), ...uniqueRules(table, catalog, source)];
  });
}

function foreignKeyRules(table: TablePlan, catalog: PostgresTable, plan: TransferPlan): RelationRule[] {
  return catalog.foreignKeys.flatMap((foreignKey) => {
    const parent = plan.tables.find(
      ({ target }) =>
        target.name === foreignKey.referencedTable.name &&
        target.schema === foreignKey.referencedTable.schema,
    );
    const children = pick(table, foreignKey.columns);
    const parents = parent && pick(parent, foreignKey.referencedColumns);
    if (parent === undefined || !children || !parents) return [];
    const values = children.map((column) => sourceExpression(column));
    const matches = parents.map((column, i) => `${sourceExpression(column, 'q')} = ${values[i]}`);
    return rule(table, children, `points to no row of ${parent.source}`, [
      // A foreign key with a NULL in it is not checked (MATCH SIMPLE).
      ...values.map((value) => `${value} IS NOT NULL`),
      `NOT EXISTS (SELECT 1 FROM ${quoteName(parent.source)} q WHERE ${matches.join(' AND ')})`,
    ]);
  });
}

function uniqueRules(
  table: TablePlan,
  catalog: PostgresTable,
  sources: readonly SqliteTable[],
): RelationRule[] {
  const source = sources.find((candidate) => candidate.name === table.source);
  return catalog.uniqueKeys.flatMap((key) => {
    const columns = pick(table, key.columns);
    if (!columns || source === undefined || isUniqueInSource(columns, source)) return [];
    const values = columns.map((column) => sourceExpression(column));
    const set = `(${values.join(', ')})`;
    return rule(table, columns, `not unique, as ${key.name} wants it`, [
      ...values.map((value) => `${value} IS NOT NULL`),
      `${set} IN (SELECT ${values.join(', ')} FROM ${quoteName(table.source)} t GROUP BY ${values.join(', ')} HAVING count(*) > 1)`,
    ]);
  });
}

/** A key of the source within the columns makes them unique; a rowid alias is unique by nature. */
function isUniqueInSource(columns: readonly ColumnPlan[], source: SqliteTable): boolean {
  const plain = new Set(columns.map((column) => ('column' in column.from ? column.from.column : undefined)));
  const keys = source.rowidColumn ? [[source.rowidColumn], ...source.uniqueKeys] : source.uniqueKeys;
  return keys.some((key) => key.every((name) => plain.has(name)));
}

/** The plans of target columns, undefined when one is not filled or its values cannot be compared in the source. */
function pick(table: TablePlan, names: readonly string[]): ColumnPlan[] | undefined {
  const columns = names.map((name) => table.columns.find((column) => column.target === name));
  // A hash is as unique as what it is made of; a prefix is not.
  const comparable = columns.every((column) => column !== undefined && column.derive?.kind !== 'prefix');
  return comparable ? (columns as ColumnPlan[]) : undefined;
}

function rule(
  table: TablePlan,
  columns: readonly ColumnPlan[],
  reason: string,
  where: readonly string[],
): RelationRule[] {
  const selected = [...keyExpressions(table), ...columns.map((column) => sourceExpression(column))];
  return [
    {
      table,
      column: columns.map(sourceName).join(', '),
      reason,
      secret: columns.some((column) => column.secret),
      sql: `SELECT ${selected.join(', ')} FROM ${quoteName(table.source)} t WHERE ${where.join(' AND ')}`,
    },
  ];
}
