import { readFile } from 'node:fs/promises';
import type { SchemaEngine } from '@vatevo/schema-engine';
import { foldName, readTableSql } from '@vatevo/sqlite-sql';
import Database from 'better-sqlite3';
import { type MigrationFile, prismaFiles } from '../../migrations/folder.ts';
import { statementsOf } from '../../migrations/sqlite/statements.ts';
import { enumCheck, holdsToEnum, readEnumColumns } from '../../schema/enum-columns.ts';
import type { Fault } from '../fault.ts';

/**
 * On SQLite an enum is a text, and Prisma's comparison sees no more: a CHECK has to hold each such column to the
 * values that the schema has.
 *
 * @param engine of PostgreSQL, where an enum is a type
 */
export async function checkEnums(
  root: string,
  migrations: readonly MigrationFile[],
  engine: SchemaEngine,
): Promise<Fault[]> {
  const text = await readFile(prismaFiles('postgres', root).schema, 'utf8');
  const { text: ddl } = await engine.diff({ kind: 'empty' }, { kind: 'schema', text }, { script: true });
  const enums = await readEnumColumns(ddl);
  const database = new Database(':memory:');
  try {
    database.pragma('foreign_keys = OFF');
    for (const { script } of migrations) for (const { sql } of statementsOf(script)) database.exec(sql);
    const find = database.prepare(`SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?`).pluck();
    const loose = enums.filter((column) => {
      const table = readTableSql(String(find.get(column.table) ?? ''));
      // What is missing altogether is told by whoever compares the schema.
      const isThere = table?.columns.some(({ name }) => foldName(name) === foldName(column.column));
      return table && isThere && !holdsToEnum(table, column);
    });
    if (loose.length === 0) return [];
    return [
      {
        file: 'prisma/sqlite/schema.prisma',
        problem: 'has enums that the SQLite migrations hold no column to; they lack:',
        details: loose.map((column) => `${column.table}: ${enumCheck(column)}`),
        fix: 'Run pnpm db:migrate --name WHAT_CHANGED, which writes them.',
      },
    ];
  } finally {
    database.close();
  }
}
