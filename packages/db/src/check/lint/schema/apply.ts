import type {
  AlterTableCmd,
  ColumnDef,
  Constraint,
  CreateStmt,
  IndexStmt,
  Node,
  RangeVar,
} from 'libpg-query';
import type { Statement } from '../parse.ts';
import { columnsIn, provenNotNull } from './expression.ts';
import { keyOf, nameParts, namesOf, relationParts } from './names.ts';
import type { Column, Schema, Table } from './schema.ts';
import { isSerial, readType, storedType } from './types.ts';

/** Carries a schema on by what a statement does to it. */
export function applyStatement({ node }: Statement, schema: Schema): void {
  const since = schema.migration;
  if ('CreateStmt' in node) createTable(node.CreateStmt, schema);
  else if ('CreateTableAsStmt' in node) addTable(node.CreateTableAsStmt.into?.rel, schema);
  else if ('IndexStmt' in node) createIndex(node.IndexStmt, schema);
  else if ('AlterTableStmt' in node) {
    const { relation, cmds = [] } = node.AlterTableStmt;
    for (const cmd of cmds) if ('AlterTableCmd' in cmd) alterTable(relation, cmd.AlterTableCmd, schema);
  } else if ('RenameStmt' in node) {
    const { renameType, relation, subname, newname = '' } = node.RenameStmt;
    if (renameType === 'OBJECT_COLUMN') renameColumn(relation, subname, newname, schema);
    else if (renameType === 'OBJECT_TABCONSTRAINT')
      move(schema.table(relation)?.constraints, subname, newname);
    else if (relation) moveRelation(relation, [relation.schemaname ?? 'public', newname], schema);
  } else if ('AlterObjectSchemaStmt' in node) {
    const { relation, newschema = '' } = node.AlterObjectSchemaStmt;
    if (relation) moveRelation(relation, [newschema, relation.relname ?? ''], schema);
  } else if ('DropStmt' in node) {
    for (const object of node.DropStmt.objects ?? []) forget(keyOf(nameParts(object)), schema);
  } else if ('ViewStmt' in node) {
    const { view, replace } = node.ViewStmt;
    if (view && !replace) schema.others.set(keyOf(relationParts(view)), { since });
  } else if ('CreateEnumStmt' in node) {
    schema.others.set(keyOf(namesOf(node.CreateEnumStmt.typeName)), { since });
  } else if ('CompositeTypeStmt' in node) {
    const { typevar } = node.CompositeTypeStmt;
    if (typevar) schema.others.set(keyOf(relationParts(typevar)), { since });
  } else if ('CreateSeqStmt' in node) {
    const { sequence } = node.CreateSeqStmt;
    if (sequence) schema.others.set(keyOf(relationParts(sequence)), { since });
  } else if ('CreateDomainStmt' in node) {
    const { domainname, constraints = [] } = node.CreateDomainStmt;
    schema.others.set(keyOf(namesOf(domainname)), { since, isChecked: constraints.some(isCheck) });
  } else if ('CreateFunctionStmt' in node) {
    const { funcname, replace } = node.CreateFunctionStmt;
    if (!replace) schema.others.set(keyOf(namesOf(funcname)), { since });
  } else if ('CreateSchemaStmt' in node) {
    schema.others.set(keyOf([node.CreateSchemaStmt.schemaname ?? '']), { since });
  }
}

/** A table made IF NOT EXISTS may have been there: only a first sight of it counts as its making. */
function addTable(relation: RangeVar | undefined, schema: Schema): Table | undefined {
  if (!relation) return undefined;
  const key = keyOf(relationParts(relation));
  const known = schema.tables.get(key);
  if (known) return known;
  const table = { since: schema.migration, columns: new Map(), constraints: new Map() };
  schema.tables.set(key, table);
  return table;
}

function createTable({ relation, tableElts = [], constraints = [] }: CreateStmt, schema: Schema): void {
  if (!relation || schema.table(relation)) return;
  addTable(relation, schema);
  for (const element of [...tableElts, ...constraints]) {
    if ('ColumnDef' in element) addColumn(relation, element.ColumnDef, schema);
    if ('Constraint' in element) addConstraint(relation, element.Constraint, schema);
  }
}

function createIndex(
  { relation, idxname, indexParams = [], unique, whereClause }: IndexStmt,
  schema: Schema,
): void {
  if (!relation) return;
  const columns = indexParams.map((param) => ('IndexElem' in param ? param.IndexElem.name : undefined));
  const isPlain = columns.every((column) => column !== undefined);
  // Which name the server chooses is not known here, so such a one is not found by name.
  const name = idxname ?? `unnamed index ${schema.indexes.size}`;
  const key = keyOf([relation.schemaname ?? 'public', name]);
  if (schema.indexes.has(key)) return;
  schema.indexes.set(key, {
    since: schema.migration,
    table: keyOf(relationParts(relation)),
    columns: isPlain ? (columns as string[]) : [],
    isKey: unique === true && whereClause === undefined,
    computedFrom:
      isPlain && !whereClause
        ? []
        : [
            ...columns.flatMap((column) => column ?? []),
            ...columnsIn(indexParams),
            ...columnsIn(whereClause),
          ],
  });
}

function addColumn(
  relation: RangeVar,
  { colname = '', typeName, collClause, constraints = [] }: ColumnDef,
  schema: Schema,
): void {
  const table = schema.table(relation);
  if (!table || !typeName) return;
  const type = readType(typeName);
  const kinds = constraints.flatMap((node) => ('Constraint' in node ? (node.Constraint.contype ?? []) : []));
  const has = (...wanted: string[]) => kinds.some((kind) => wanted.includes(kind));
  table.columns.set(colname, {
    type: storedType(type),
    isNotNull: isSerial(type) || has('CONSTR_NOTNULL', 'CONSTR_PRIMARY', 'CONSTR_IDENTITY'),
    isCollated: collClause !== undefined,
    hasDefault: isSerial(type) || has('CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED'),
  });
  for (const node of constraints) {
    if ('Constraint' in node) addConstraint(relation, node.Constraint, schema, [colname]);
  }
}

/** @param own the column beside which the constraint stands */
function addConstraint(
  relation: RangeVar,
  constraint: Constraint,
  schema: Schema,
  own: readonly string[] = [],
): void {
  const table = schema.table(relation);
  if (!table) return;
  const { contype, skip_validation, raw_expr, conname, indexname } = constraint;
  const since = schema.migration;
  const isValid = skip_validation !== true;
  const name = (columns: readonly string[], suffix: string) =>
    conname ?? [relation.relname, ...columns, suffix].join('_');
  if (contype === 'CONSTR_CHECK') {
    const columns = own.length > 0 ? own : columnsIn(raw_expr);
    const notNull = provenNotNull(raw_expr);
    table.constraints.set(name(columns.length === 1 ? columns : [], 'check'), {
      since,
      isValid,
      notNull,
      computedFrom: columnsIn(raw_expr),
    });
  } else if (contype === 'CONSTR_FOREIGN') {
    const columns = own.length > 0 ? own : namesOf(constraint.fk_attrs);
    table.constraints.set(name(columns, 'fkey'), { since, isValid, notNull: [], computedFrom: [] });
  } else if (contype === 'CONSTR_NOTNULL') {
    const columns = own.length > 0 ? own : namesOf(constraint.keys);
    table.constraints.set(name(columns, 'not_null'), { since, isValid, notNull: columns, computedFrom: [] });
    if (isValid) for (const column of columns) change(table, column, { isNotNull: true });
  } else if (contype === 'CONSTR_PRIMARY' || contype === 'CONSTR_UNIQUE') {
    const index =
      indexname === undefined
        ? undefined
        : schema.indexes.get(keyOf([relation.schemaname ?? 'public', indexname]));
    const columns = index?.columns ?? (own.length > 0 ? own : namesOf(constraint.keys));
    const isPrimary = contype === 'CONSTR_PRIMARY';
    const made = name(isPrimary ? [] : columns, isPrimary ? 'pkey' : 'key');
    table.constraints.set(made, {
      since,
      isValid: true,
      notNull: isPrimary ? columns : [],
      computedFrom: [],
    });
    schema.indexes.set(keyOf([relation.schemaname ?? 'public', made]), {
      since: index?.since ?? since,
      table: keyOf(relationParts(relation)),
      columns,
      isKey: true,
      computedFrom: [],
    });
    if (isPrimary) for (const column of columns) change(table, column, { isNotNull: true });
  }
}

function alterTable(relation: RangeVar | undefined, command: AlterTableCmd, schema: Schema): void {
  const table = schema.table(relation);
  if (!relation || !table) return;
  const { subtype, name = '', def } = command;
  if (subtype === 'AT_AddColumn' && def && 'ColumnDef' in def) addColumn(relation, def.ColumnDef, schema);
  else if (subtype === 'AT_DropColumn') table.columns.delete(name);
  else if (subtype === 'AT_AlterColumnType' && def && 'ColumnDef' in def) {
    const { typeName } = def.ColumnDef;
    if (typeName) change(table, name, { type: readType(typeName) });
  } else if (subtype === 'AT_SetNotNull') change(table, name, { isNotNull: true });
  else if (subtype === 'AT_DropNotNull') change(table, name, { isNotNull: false });
  else if (subtype === 'AT_ColumnDefault') change(table, name, { hasDefault: def !== undefined });
  else if (subtype === 'AT_AddIdentity') change(table, name, { hasDefault: true });
  else if (subtype === 'AT_DropIdentity') change(table, name, { hasDefault: false });
  else if (subtype === 'AT_AddConstraint' && def && 'Constraint' in def) {
    addConstraint(relation, def.Constraint, schema);
  } else if (subtype === 'AT_ValidateConstraint') {
    const known = table.constraints.get(name);
    if (known) table.constraints.set(name, { ...known, isValid: true });
  } else if (subtype === 'AT_DropConstraint') {
    table.constraints.delete(name);
    schema.indexes.delete(keyOf([relation.schemaname ?? 'public', name]));
  }
}

function change(table: Table, column: string, to: Partial<Column>): void {
  const known = table.columns.get(column);
  if (known) table.columns.set(column, { ...known, ...to });
}

function move<T>(entries: Map<string, T> | undefined, from: string | undefined, to: string): void {
  const entry = from === undefined ? undefined : entries?.get(from);
  if (entries === undefined || from === undefined || entry === undefined) return;
  entries.delete(from);
  entries.set(to, entry);
}

function renameColumn(
  relation: RangeVar | undefined,
  from: string | undefined,
  to: string,
  schema: Schema,
): void {
  const table = schema.table(relation);
  if (!relation || !table) return;
  move(table.columns, from, to);
  const renamed = (columns: readonly string[]) => columns.map((column) => (column === from ? to : column));
  for (const [name, constraint] of table.constraints) {
    const { notNull, computedFrom } = constraint;
    table.constraints.set(name, {
      ...constraint,
      notNull: renamed(notNull),
      computedFrom: renamed(computedFrom),
    });
  }
  for (const [name, index] of schema.indexes) {
    if (index.table !== keyOf(relationParts(relation))) continue;
    const { columns, computedFrom } = index;
    schema.indexes.set(name, { ...index, columns: renamed(columns), computedFrom: renamed(computedFrom) });
  }
}

function moveRelation(relation: RangeVar, to: readonly string[], schema: Schema): void {
  const [before, after] = [keyOf(relationParts(relation)), keyOf(to)];
  move(schema.tables, before, after);
  move(schema.indexes, before, after);
  move(schema.others, before, after);
  for (const [name, index] of schema.indexes) {
    if (index.table === before) schema.indexes.set(name, { ...index, table: after });
  }
}

function forget(key: string, schema: Schema): void {
  schema.tables.delete(key);
  schema.others.delete(key);
  schema.indexes.delete(key);
  for (const [name, index] of schema.indexes) if (index.table === key) schema.indexes.delete(name);
}

function isCheck(node: Node): boolean {
  return 'Constraint' in node && ['CONSTR_CHECK', 'CONSTR_NOTNULL'].includes(node.Constraint.contype ?? '');
}
