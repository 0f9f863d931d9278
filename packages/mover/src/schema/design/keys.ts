import { primaryKeyOf } from '@vatevo/transfer/plan';
import type { FileIndex, FileTable } from '../file/read-file.ts';
import type { DesignedKey } from './design.ts';
import type { DesignedFile } from './designed-file.ts';

/** Bytes that a row of a B-tree may have, with some room for what belongs to it (PostgreSQL's limit is 2,704). */
const MAX_INDEXED = 2600;
/** PostgreSQL's own (INDEX_MAX_KEYS). */
const MAX_KEY_COLUMNS = 32;

export function designPrimaryKey(file: DesignedFile, table: FileTable): DesignedKey | undefined {
  const columns = primaryKeyOf(table.columns);
  if (columns.length === 0) return undefined;
  const why = file.choices.keyHoldsNull(table)
    ? 'some of its values are NULL, which no primary key of PostgreSQL holds: it is a unique key'
    : tooLarge(file, table, columns);
  if (why !== undefined) {
    file.leave(`the primary key of ${table.name}`, why);
    return undefined;
  }
  return named(file, table, columns, `${file.names.table(table)}_pkey`);
}

function named(file: DesignedFile, table: FileTable, columns: readonly string[], name: string): DesignedKey {
  const given = file.names.relations.give(name);
  file.names.constraintsOf(table).reserve(given);
  return { name: given, columns: columns.map((column) => file.names.column(table, column)) };
}

export function designUniqueKeys(file: DesignedFile, table: FileTable): DesignedKey[] {
  const key = primaryKeyOf(table.columns);
  const instead =
    key.length > 0 && file.choices.keyHoldsNull(table) && tooLarge(file, table, key) === undefined
      ? [key]
      : [];
  const plain = table.indexes.filter((index) => index.isConstraint && isPlain(file, table, index));
  const keys = plain.flatMap((index) => {
    // SQLite lets a column be named twice.
    const columns = [...new Set(index.parts.map(({ column }) => column as string))];
    const why = tooLarge(file, table, columns);
    if (why === undefined) return [columns];
    file.leave(`the unique key (${columns.join(', ')}) of ${table.name}`, why);
    return [];
  });
  return [...instead, ...keys].map((columns) =>
    named(file, table, columns, `${file.names.table(table)}_${columns.join('_')}_key`),
  );
}

/** Why an index cannot be built; undefined when it can. */
export function tooLarge(
  file: DesignedFile,
  table: FileTable,
  columns: readonly string[],
): string | undefined {
  if (columns.length > MAX_KEY_COLUMNS)
    return `an index of PostgreSQL has no more than ${MAX_KEY_COLUMNS} columns`;
  const bytes = columns.reduce((sum, column) => sum + file.choices.evidenceOf(table, column).largest, 0);
  return bytes > MAX_INDEXED
    ? `a value of ${bytes.toLocaleString('en')} bytes is too large for an index of PostgreSQL, which takes ${MAX_INDEXED.toLocaleString('en')}: an index on its hash, md5(…), has no such limit`
    : undefined;
}

/** Whether an index is on columns as they are compared in PostgreSQL, for all rows. */
export function isPlain(file: DesignedFile, table: FileTable, { parts, where }: FileIndex): boolean {
  return (
    where === undefined &&
    parts.every(
      ({ column, collation }) =>
        column !== undefined &&
        file.names.hasColumn(table, column) &&
        !file.choices.folds(table, column, collation),
    )
  );
}
