import { columnType } from '@vatevo/transfer/column-types';
import { primaryKeyOf, type TargetType } from '@vatevo/transfer/plan';
import type { FileColumn, FileForeignKey, FileTable } from '../file/read-file.ts';
import type { DesignedForeignKey, DesignedIndex, DesignedTable } from './design.ts';
import type { DesignedFile } from './designed-file.ts';
import { sameName } from './same-name.ts';

export function designForeignKeys(
  file: DesignedFile,
  table: FileTable,
  tables: readonly DesignedTable[],
  indexes: readonly DesignedIndex[],
): DesignedForeignKey[] {
  const names = file.names.constraintsOf(table);
  return table.foreignKeys.flatMap((key) => {
    const found = foreignKey(file, table, key, tables, indexes);
    if ('why' in found) {
      file.leave(
        `the foreign key (${key.columns.join(', ')}) of ${table.name}`,
        found.why,
        `REFERENCES ${key.parent}${key.parentColumns ? ` (${key.parentColumns.join(', ')})` : ''}`,
      );
      return [];
    }
    return [{ ...found, name: names.give(found.name) }];
  });
}

function foreignKey(
  file: DesignedFile,
  table: FileTable,
  key: FileForeignKey,
  tables: readonly DesignedTable[],
  indexes: readonly DesignedIndex[],
): DesignedForeignKey | { readonly why: string } {
  const parent = file.tables.find(({ name }) => sameName(name, key.parent));
  if (parent === undefined) return { why: `there is no table ${key.parent} that it could point to` };
  const named = key.parentColumns ?? primaryKeyOf(parent.columns);
  const parentColumns = named.map((name) => parent.columns.find((column) => sameName(column.name, name)));
  const columns = key.columns.map((name) => table.columns.find((column) => sameName(column.name, name)));
  if (named.length !== columns.length || [...parentColumns, ...columns].includes(undefined)) {
    return { why: `${key.parent} has no such columns` };
  }
  const own = columns as FileColumn[];
  const its = parentColumns as FileColumn[];
  const different = own.find(
    (column, i) =>
      familyOf(file.choices.choose(table, column).type) !==
      familyOf(file.choices.choose(parent, its[i] as FileColumn).type),
  );
  if (different !== undefined) {
    return { why: `${table.name}.${different.name} holds values that ${parent.name} cannot hold` };
  }
  const broken = file.input.findings.brokenForeignKey(
    table.name,
    own.map(({ name }) => name),
    parent.name,
  );
  if (broken !== undefined) {
    return {
      why: `${broken}; fix these rows, then add it with ALTER TABLE, or add it NOT VALID for new rows`,
    };
  }
  const designed = tables.find(({ source }) => source === parent.name) as DesignedTable;
  const target = its.map((column) => file.names.column(parent, column.name));
  const keys = [
    ...(designed.primaryKey ? [designed.primaryKey.columns] : []),
    ...designed.uniqueKeys.map((unique) => unique.columns),
    ...indexes.flatMap((index) =>
      index.table === designed.name && index.isUnique && index.columns ? [index.columns] : [],
    ),
  ];
  if (!keys.some((columns) => sameSet(columns, target))) {
    return { why: `(${named.join(', ')}) is no unique key of ${parent.name}` };
  }
  const name = file.names.table(table);
  const ownNames = own.map((column) => file.names.column(table, column.name));
  return {
    name: key.name ?? `${name}_${ownNames.join('_')}_fkey`,
    table: name,
    columns: ownNames,
    parent: designed.name,
    parentColumns: target,
    onDelete: key.onDelete,
    onUpdate: key.onUpdate,
    isDeferred: key.isDeferred,
  };
}

/** What PostgreSQL compares with each other in a foreign key. */
function familyOf({ name, ...type }: TargetType): string {
  const { family } = columnType({ name, ...type }).traits;
  return family === 'integer' || family === 'text' ? family : name;
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
