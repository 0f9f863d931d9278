import { type CheckSql, checksOf, foldName, type TableSql, tokensOf } from '@vatevo/sqlite-sql';
import { parseScript } from '../check/lint/parse.ts';
import { listedColumn } from '../migrations/sqlite/survival.ts';
import { quote } from '../quote.ts';

/** A column whose values are those of an enum of the schema. */
export interface EnumColumn {
  readonly table: string;
  readonly column: string;
  /** As they are stored. */
  readonly values: readonly string[];
}

/**
 * Finds the columns of enums in the statements that Prisma makes of the PostgreSQL schema: there an enum is a
 * type. On SQLite, where the tables and columns have the same names, Prisma writes TEXT and nothing else.
 */
export async function readEnumColumns(postgresDdl: string): Promise<EnumColumn[]> {
  const parsed = await parseScript(postgresDdl);
  if ('message' in parsed) throw new Error(`Prisma's own SQL cannot be parsed: ${parsed.message}`);
  const enums = new Map<string, string[]>();
  const columns: EnumColumn[] = [];
  for (const { node } of parsed.statements) {
    if ('CreateEnumStmt' in node) {
      const { typeName = [], vals = [] } = node.CreateEnumStmt;
      enums.set(stringsOf(typeName).at(-1) ?? '', stringsOf(vals));
    }
    if (!('CreateStmt' in node)) continue;
    const { relation, tableElts = [] } = node.CreateStmt;
    for (const element of tableElts) {
      if (!('ColumnDef' in element)) continue;
      const { colname = '', typeName } = element.ColumnDef;
      const values = enums.get(stringsOf(typeName?.names ?? []).at(-1) ?? '');
      if (values && !typeName?.arrayBounds)
        columns.push({ table: relation?.relname ?? '', column: colname, values });
    }
  }
  return columns;
}

function stringsOf(nodes: readonly unknown[]): string[] {
  return nodes.flatMap((node) => {
    const text = (node as { String?: { sval?: string } }).String?.sval;
    return text === undefined ? [] : [text];
  });
}

/** The CHECK that holds a column to its enum on SQLite. */
export function enumCheck({ table, column, values }: EnumColumn): string {
  const list = values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ');
  return `CONSTRAINT ${quote(`${table}_${column}_check`)} CHECK (${quote(column)} IN (${list}))`;
}

/** The CHECKs that list the values of a column. */
export function listsOf(checks: readonly CheckSql[], column: string): CheckSql[] {
  return checks.filter((check) => listedColumn(check) === foldName(column));
}

/** Whether a table holds a column to exactly the values of its enum. */
export function holdsToEnum(table: TableSql, { column, values }: EnumColumn): boolean {
  const lists = listsOf(checksOf(table), column);
  return lists.length > 0 && lists.every((check) => isSameSet(valuesOf(check), values));
}

function valuesOf({ sql }: CheckSql): string[] {
  return tokensOf(sql)
    .filter(({ kind }) => kind === 'string')
    .map(({ value }) => value);
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && others.every((value) => some.includes(value));
}
