import { openSchemaEngine } from '@vatevo/schema-engine';
import type { SchemaFile } from '@vatevo/schema-engine/schema-text';
import { quoteText } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import { type FileSchema, readFileSchema } from '../schema/file/read-file.ts';
import { withoutUrls } from './parser.ts';

/** The SQL that makes the tables of a schema, in the words of its provider. Needs no database. */
export async function ddlOf(files: readonly SchemaFile[]): Promise<string> {
  const engine = openSchemaEngine({ target: { kind: 'sqlite', file: ':memory:' } });
  try {
    const to = { kind: 'schema-files', files: withoutUrls(files) } as const;
    return (await engine.diff({ kind: 'empty' }, to, { script: true })).text;
  } finally {
    await engine.close();
  }
}

/**
 * The same for SQLite. Prisma writes the default of a Json there without quotes, which SQLite does not take: whoever has one
 * has quoted it by hand.
 */
export async function sqliteDdl(files: readonly SchemaFile[]): Promise<string> {
  const ddl = await ddlOf(files);
  return ddl.replaceAll(
    /( JSONB(?: NOT NULL)? DEFAULT )([^'\n].*?)(,?)$/gm,
    (_, before: string, json: string, comma: string) => `${before}${quoteText(json)}${comma}`,
  );
}

/**
 * The tables that Prisma makes of a schema in SQLite. What is ignored or unsupported is among them, and so are the tables
 * that join two lists.
 */
export async function expectedTables(files: readonly SchemaFile[]): Promise<FileSchema> {
  const db = new Database(':memory:');
  try {
    db.exec(await sqliteDdl(files));
    return readFileSchema(db);
  } finally {
    db.close();
  }
}
