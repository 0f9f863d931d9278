import { quoteName } from '@vatevo/transfer';
import type { FileIndex, FileTable, IndexPart } from '../file/read-file.ts';
import { NOT_THE_SAME } from './advice.ts';
import type { DesignedIndex, DesignedTable } from './design.ts';
import type { DesignedFile } from './designed-file.ts';
import { isPlain, tooLarge } from './keys.ts';

export function designIndexes(
  file: DesignedFile,
  table: FileTable,
  designed: DesignedTable,
): DesignedIndex[] {
  const folded = [...table.keyCollations].filter(([column, collation]) =>
    file.choices.folds(table, column, collation),
  );
  const ofKey: FileIndex[] =
    folded.length === 0
      ? []
      : [
          {
            name: `${designed.name}_folded_key`,
            isUnique: true,
            isConstraint: true,
            parts: [...table.keyCollations].map(([column, collation]) => ({
              column,
              expression: undefined,
              collation,
              isDescending: false,
            })),
            where: undefined,
            sql: '',
          },
        ];
  return [...ofKey, ...table.indexes].flatMap((index) =>
    index.isConstraint && isPlain(file, table, index) ? [] : designIndex(file, table, designed, index),
  );
}

function designIndex(
  file: DesignedFile,
  table: FileTable,
  designed: DesignedTable,
  index: FileIndex,
): DesignedIndex[] {
  const named = index.parts.map(({ column, expression }) => column ?? expression ?? '').join(', ');
  const what = `the ${index.isUnique ? 'unique ' : ''}index ${index.isConstraint ? `(${named})` : index.name} of ${table.name}`;
  const leave = (why: string) => {
    file.leave(what, why, index.sql === '' ? undefined : index.sql);
    return [];
  };
  const reasons: string[] = [];
  const used: string[] = [];
  const parts: string[] = [];
  for (const part of index.parts) {
    const found = indexed(file, table, part);
    if ('why' in found) return leave(found.why);
    parts.push(`${found.sql}${part.isDescending ? ' DESC' : ''}`);
    used.push(...found.columns);
    if (found.reason !== undefined) reasons.push(found.reason);
  }
  const where = index.where === undefined ? undefined : file.translate(table, index.where);
  if (index.where !== undefined && (where?.family !== 'boolean' || where.mayOverflow))
    return leave(NOT_THE_SAME);
  const why = tooLarge(file, table, used);
  if (why !== undefined) return leave(why);
  const isOnColumns = index.parts.every(({ column }) => column !== undefined) && reasons.length === 0;
  return [
    {
      name: index.isConstraint
        ? file.names.relations.give(`${designed.name}_${used.join('_')}_folded_key`)
        : file.names.index(index.name),
      table: designed.name,
      isUnique: index.isUnique,
      parts,
      columns:
        isOnColumns && where === undefined
          ? used.map((column) => file.names.column(table, column))
          : undefined,
      where: where?.sql,
      reason: reasons.length === 0 ? undefined : `${reasons.join('; ')}.`,
    },
  ];
}

/** What an index is on, in the SQL of PostgreSQL. */
function indexed(
  file: DesignedFile,
  table: FileTable,
  { column, expression = '', collation }: IndexPart,
): { sql: string; columns: readonly string[]; reason?: string } | { readonly why: string } {
  if (column === undefined) {
    const found = collation.toUpperCase() === 'BINARY' ? file.translate(table, expression) : undefined;
    return found && !found.mayOverflow
      ? { sql: `(${found.sql})`, columns: found.columns }
      : { why: NOT_THE_SAME };
  }
  if (!file.names.hasColumn(table, column)) return { why: 'a column of it stays behind' };
  const sql = quoteName(file.names.column(table, column));
  if (!file.choices.folds(table, column, collation)) return { sql, columns: [column] };
  const folded = FOLDED[collation.toUpperCase()];
  if (folded === undefined) return { why: `its collation ${collation} is one of the application's own` };
  return {
    sql: folded.sql(sql),
    columns: [column],
    reason: `${column} is ${collation.toUpperCase()} in the file: ${folded.reason}`,
  };
}

/** What SQLite's collations compare, as an expression: of the letters A to Z alone, as SQLite does. */
const FOLDED: Readonly<
  Record<string, { readonly sql: (name: string) => string; readonly reason: string } | undefined>
> = {
  NOCASE: {
    sql: (name) => `lower(${name} COLLATE "C")`,
    reason: 'an index on lower(), which folds A to Z as SQLite does; search with the same expression',
  },
  RTRIM: {
    sql: (name) => `rtrim(${name}, ' ')`,
    reason: 'an index on rtrim(); search with the same expression',
  },
};
