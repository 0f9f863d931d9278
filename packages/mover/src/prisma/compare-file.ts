import { bookkeepingTool, pairByName } from '@vatevo/transfer/plan';
import type { FileIndex, FileSchema, FileTable } from '../schema/file/read-file.ts';

/** Something in the file that no migration of Prisma's makes in PostgreSQL. */
export interface Unknown {
  readonly kind: 'trigger' | 'view' | 'index' | 'CHECK';
  /** By which somebody says that it stays behind. */
  readonly name: string;
  /** As it is written. */
  readonly sql: string;
}

export interface FileComparison {
  /** What the schema has and the file has not: it is older than the schema, or another file. */
  readonly missing: readonly string[];
  readonly unknown: readonly Unknown[];
  /** Columns, as `table.column`, that compare without regard to case: Prisma's schema cannot say it, and PostgreSQL does not do it. */
  readonly collated: readonly string[];
}

/** Compares what a file is made of with what its schema says. */
export function compareFile(expected: FileSchema, file: FileSchema): FileComparison {
  const found = pairByName(
    expected.tables.map(({ name }) => name),
    file.tables,
  );
  const pairs = expected.tables.map((table, i) => [table, found[i]] as const);
  const known = pairs.flatMap(([table, own]) => (own ? [[table, own] as const] : []));
  const tables = new Set(known.map(([, { name }]) => name));
  const triggered = file.others.filter(
    ({ kind, table }) => kind === 'view' || (kind === 'trigger' && !isOfTool(table, file)),
  );
  return {
    missing: [
      ...pairs.filter(([, own]) => own === undefined).map(([{ name }]) => `the table ${name}`),
      ...known.flatMap(([table, own]) => missingColumns(table, own)),
    ],
    unknown: [
      ...triggered.map(({ kind, name, sql }): Unknown => ({ kind: kind as 'trigger' | 'view', name, sql })),
      ...known.flatMap(([table, own]) => unknownIndexes(table, own)),
      ...known.flatMap(([, { name, checks }]) =>
        checks.map(
          (check): Unknown => ({
            kind: 'CHECK',
            name: check.name ?? `${name}.CHECK`,
            sql: `CHECK (${check.expression})`,
          }),
        ),
      ),
    ],
    collated: file.tables
      .filter(({ name }) => tables.has(name))
      .flatMap(({ name, columns }) =>
        columns.filter(({ isCollated }) => isCollated).map((column) => `${name}.${column.name}`),
      ),
  };
}

function isOfTool(table: string, { tables }: FileSchema): boolean {
  const found = tables.find(({ name }) => name === table);
  return found !== undefined && bookkeepingTool(found.catalog) !== undefined;
}

function missingColumns(table: FileTable, own: FileTable): string[] {
  const found = pairByName(
    table.columns.map(({ name }) => name),
    own.columns,
  );
  return table.columns
    .filter((_, i) => found[i] === undefined)
    .map(({ name }) => `the column ${own.name}.${name}`);
}

/** Those that Prisma has no words for; another name is no other index. */
function unknownIndexes(table: FileTable, own: FileTable): Unknown[] {
  return own.indexes
    .filter((index) => !table.indexes.some((one) => shape(one) === shape(index)))
    .map((index) => ({
      kind: 'index',
      name: index.name,
      sql: index.sql === '' ? `UNIQUE (${index.parts.map(({ column }) => column).join(', ')})` : index.sql,
    }));
}

function shape({ isUnique, parts, where }: FileIndex): string {
  const columns = parts.map(({ column, expression }) => (column ?? `(${expression})`).toLowerCase());
  return JSON.stringify([isUnique, columns, where]);
}
