import { columnType } from '../../column-types/registry.ts';
import type { SourceTable, TargetTable } from '../../plan/catalog.ts';
import { type ColumnPlan, sourceName, type TablePlan, type TransferPlan } from '../../plan/types.ts';
import { quoteName, quoteText } from '../../quote.ts';
import type { Dependency, RelationRule } from '../source.ts';
import { equalForm } from './equal-form.ts';
import { sourceExpression } from './source-sql.ts';

/**
 * The rules over several rows that the target enforces and the source may have broken: foreign keys
 * (SQLite checks them only when asked) and unique keys that the source does not have.
 */
export function relationRules(
  plan: TransferPlan,
  source: readonly SourceTable[],
  target: readonly TargetTable[],
  collationOf: CollationOf,
): RelationRule[] {
  return plan.tables.flatMap((table) => {
    const catalog = target.find((candidate) => candidate.name === table.target.name);
    if (catalog === undefined) return [];
    return [
      ...foreignKeyRules(table, catalog, plan, source, collationOf),
      ...uniqueRules(table, catalog, source),
    ];
  });
}

/** By which a column of the source is compared, in upper case; undefined where nobody knows. */
type CollationOf = (table: string, column: string) => string | undefined;

function foreignKeyRules(
  table: TablePlan,
  catalog: TargetTable,
  plan: TransferPlan,
  sources: readonly SourceTable[],
  collationOf: CollationOf,
): RelationRule[] {
  const checked = foreignKeysOf(table, catalog, plan).filter(
    (foreignKey) => !followsFromValues(foreignKey, sources),
  );
  return checked.flatMap((foreignKey) => {
    const { parent, children, isFull } = foreignKey;
    const nowhere = [...notNull(foreignKey), pointsNowhere(foreignKey)];
    const reason = `points to no row of ${parent.source}`;
    const collated = pointsByCollation(foreignKey, collationOf);
    const pointing = collated
      ? [
          rule(table, children, reason, [...nowhere, `(${collated.condition}) IS NOT TRUE`]),
          rule(table, children, `${reason} but by ${collated.collation}, as SQLite compares`, [
            ...nowhere,
            collated.condition,
          ]),
        ]
      : [rule(table, children, reason, nowhere)];
    if (!isFull || children.length === 1) return pointing;
    const missing = children.map((column) => `(${heldValue(column)} IS NULL)`).join(' + ');
    const mixed = rule(table, children, `points to ${parent.source} with some of a key alone (MATCH FULL)`, [
      `${missing} BETWEEN 1 AND ${children.length - 1}`,
    ]);
    return [...pointing, mixed];
  });
}

/**
 * Whether no row can break a foreign key because its values are fetched through it: one column holds the
 * parent's rowid, and every other one what that very row of the parent holds. A row that points nowhere has
 * nothing to fetch, and is found by its values.
 */
function followsFromValues(
  { parent, children, parents }: PlannedForeignKey,
  sources: readonly SourceTable[],
) {
  const rowid = sources.find(({ name }) => name === parent.source)?.rowidColumn;
  const plain = (column: ColumnPlan | undefined) =>
    column && 'column' in column.from && !column.derive && column.whenNull === undefined
      ? column.from.column
      : undefined;
  const pointer = plain(children[parents.findIndex((column) => plain(column) === rowid)]);
  const fetches = children.some(({ from }) => 'through' in from);
  if (rowid === undefined || pointer === undefined || !fetches) return false;
  return children.every((child, i) => {
    const value = plain(parents[i]);
    if (value === undefined || child.derive || child.whenNull !== undefined) return false;
    if ('column' in child.from) return value === rowid && child.from.column === pointer;
    const { column, table, key, value: fetched } = child.from.through;
    return column === pointer && table === parent.source && key === rowid && fetched === value;
  });
}

/** Which rows go nowhere without which others: the target's foreign keys, as conditions on the source. */
export function dependencies(plan: TransferPlan, target: readonly TargetTable[]): Dependency[] {
  return plan.tables.flatMap((table) => {
    const catalog = target.find((candidate) => candidate.name === table.target.name);
    return (catalog ? foreignKeysOf(table, catalog, plan) : []).map((foreignKey) => ({
      child: table,
      parent: foreignKey.parent,
      column: foreignKey.children.map(sourceName).join(', '),
      values: foreignKey.children.map((column) => sourceExpression(column)),
      condition: matches(foreignKey),
      secret: foreignKey.children.some((column) => column.secret),
    }));
  });
}

/** A foreign key of the target between two tables of the plan. */
interface PlannedForeignKey {
  readonly parent: TablePlan;
  readonly children: readonly ColumnPlan[];
  readonly parents: readonly ColumnPlan[];
  readonly isFull: boolean;
}

function foreignKeysOf(table: TablePlan, catalog: TargetTable, plan: TransferPlan): PlannedForeignKey[] {
  return catalog.foreignKeys.flatMap((foreignKey) => {
    const parent = plan.tables.find(
      ({ target }) =>
        target.name === foreignKey.referencedTable.name &&
        target.schema === foreignKey.referencedTable.schema,
    );
    const children = pick(table, foreignKey.columns);
    const parents = parent && pick(parent, foreignKey.referencedColumns);
    return parent && children && parents ? [{ parent, children, parents, isFull: foreignKey.isFull }] : [];
  });
}

/** A foreign key with a NULL in it is not checked (MATCH SIMPLE). */
function notNull({ children }: PlannedForeignKey): string[] {
  return children.map((column) => `${heldValue(column)} IS NOT NULL`);
}

/**
 * That a row `t` points to no row, compared as the target compares. SQLite makes a list of the parents once, where no index
 * of theirs will do.
 */
function pointsNowhere({ parent, children, parents }: PlannedForeignKey): string {
  const forms = comparedPairs(children, 't', parents, 'q');
  const child = forms.map(([own]) => `${own} COLLATE BINARY`);
  const present = parents.map((column) => `${heldValue(column, 'q')} IS NOT NULL`);
  const set = child.length === 1 ? child[0] : `(${child.join(', ')})`;
  return `${set} NOT IN (SELECT ${forms.map(([, its]) => its).join(', ')} FROM ${quoteName(parent.source)} q WHERE ${present.join(' AND ')})`;
}

/** That a row `t` points to one as SQLite compares it: by collations of the parent, which the target does not have. */
function pointsByCollation(
  { parent, children, parents }: PlannedForeignKey,
  collationOf: CollationOf,
): { readonly condition: string; readonly collation: string } | undefined {
  if ([...children, ...parents].some(hasManyForms)) return undefined;
  const collations = parents.map(({ from }) =>
    'column' in from ? (collationOf(parent.source, from.column) ?? 'BINARY') : 'BINARY',
  );
  const collation = collations.find((name) => name !== 'BINARY');
  if (collation === undefined) return undefined;
  const own = children.map(
    (column, i) => `${heldValue(column)} COLLATE ${quoteName(collations[i] as string)}`,
  );
  const its = parents.map((column) => heldValue(column, 'q'));
  const set = own.length === 1 ? own[0] : `(${own.join(', ')})`;
  return {
    condition: `${set} IN (SELECT ${its.join(', ')} FROM ${quoteName(parent.source)} q)`,
    collation,
  };
}

/** That the row `q` of the parent is the one that the row `t` points to, compared as the target compares. */
function matches({ children, parents }: PlannedForeignKey): string {
  return comparedPairs(children, 't', parents, 'q')
    .map(([own, its]) => `${its} = ${own} COLLATE BINARY`)
    .join(' AND ');
}

/** What is compared of a child's columns and of its parent's, in rows of these names. */
export function comparedPairs(
  children: readonly ColumnPlan[],
  childRow: string,
  parents: readonly ColumnPlan[],
  parentRow: string,
): (readonly [own: string, its: string])[] {
  return parents.map((parent, i) => {
    const child = children[i] as ColumnPlan;
    const isPlain = !hasManyForms(parent) && !hasManyForms(child);
    const [own, its] = [heldValue(child, childRow), heldValue(parent, parentRow)];
    return isPlain ? [own, its] : [equalForm(child, own), equalForm(parent, its)];
  });
}

function uniqueRules(
  table: TablePlan,
  catalog: TargetTable,
  sources: readonly SourceTable[],
): RelationRule[] {
  const source = sources.find((candidate) => candidate.name === table.source);
  return catalog.uniqueKeys.flatMap((key) => {
    const columns = pick(table, key.columns);
    if (!columns || source === undefined || isUniqueInSource(columns, source)) return [];
    const values = columns.map((column) => `${comparedValue(column)} COLLATE BINARY`);
    const set = values.length === 1 ? values[0] : `(${values.join(', ')})`;
    return [
      rule(table, columns, `not unique, as ${key.name} wants it`, [
        ...columns.map((column) => `${heldValue(column)} IS NOT NULL`),
        `${set} IN (SELECT ${values.join(', ')} FROM ${quoteName(table.source)} t GROUP BY ${values.join(', ')} HAVING count(*) > 1)`,
      ]),
    ];
  });
}

/** A key of the source within the columns makes them unique; a rowid alias is unique by nature. */
function isUniqueInSource(columns: readonly ColumnPlan[], source: SourceTable): boolean {
  // What differs in the source may be equal in the target: only plain values prove anything.
  const plain = new Set(
    columns.flatMap((column) =>
      'column' in column.from && column.whenNull === undefined && !hasManyForms(column)
        ? [column.from.column]
        : [],
    ),
  );
  const keys = source.rowidColumn ? [[source.rowidColumn], ...source.uniqueKeys] : source.uniqueKeys;
  return keys.some((key) => key.every((name) => plain.has(name)));
}

/** Whether equal values can be written in more than one way: `1.0` and `1.00`, a time with another offset. */
function hasManyForms({ type, decision }: ColumnPlan): boolean {
  return decision !== undefined || columnType(type).traits.equality !== 'as-stored';
}

/** The value that the target will hold, in the source's own form. */
function heldValue(column: ColumnPlan, row?: string): string {
  const value = sourceExpression(column, row);
  const { whenNull } = column;
  if (whenNull === undefined) return value;
  return `coalesce(${value}, ${typeof whenNull === 'bigint' ? whenNull : quoteText(whenNull)})`;
}

/** The same in a form in which values are equal exactly when they are equal in the target. */
function comparedValue(column: ColumnPlan): string {
  const value = heldValue(column);
  return hasManyForms(column) ? equalForm(column, value) : value;
}

/** The plans of target columns, undefined when one is not filled or its values cannot be compared in the source. */
export function pick(table: TablePlan, names: readonly string[]): ColumnPlan[] | undefined {
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
): RelationRule {
  return {
    table,
    column: columns.map(sourceName).join(', '),
    reason,
    values: columns.map((column) => sourceExpression(column)),
    condition: where.join(' AND '),
    secret: columns.some((column) => column.secret),
  };
}
