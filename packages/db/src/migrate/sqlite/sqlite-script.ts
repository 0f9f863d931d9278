import { readFile } from 'node:fs/promises';
import type { SchemaEngine, SchemaSource } from '@vatevo/schema-engine';
import Database from 'better-sqlite3';
import { type DatabaseKind, prismaFiles, readMigrationFiles } from '../../migrations/folder.ts';
import { statementsOf } from '../../migrations/sqlite/statements.ts';
import { correctSqliteDdl } from '../../schema/correct-sqlite-ddl.ts';
import { readEnumColumns } from '../../schema/enum-columns.ts';
import { storedSchema } from '../../schema/stored-schema.ts';
import { writeSqliteMigration } from './write-migration.ts';

/** Prisma's engines, on databases that may be empty. */
export interface Engines {
  engine(kind: DatabaseKind): SchemaEngine;
}

/**
 * What the schema asks for beyond the SQLite migrations, as a script; empty when it asks for nothing.
 *
 * @param former what the migrations of PostgreSQL make; left out: its engine makes it
 * @throws MigrateError when it has to be written by hand
 */
export async function sqliteScript(
  engines: Engines,
  root: string,
  former: SchemaSource = { kind: 'migrations', folder: prismaFiles('postgres', root).migrations },
): Promise<string> {
  const [postgres, sqlite] = [prismaFiles('postgres', root), prismaFiles('sqlite', root)];
  const [postgresText, derived] = await Promise.all([
    readFile(postgres.schema, 'utf8'),
    readFile(sqlite.schema, 'utf8'),
  ]);
  const text = storedSchema('sqlite', derived);
  const engine = engines.engine('sqlite');
  const asScript = { script: true };
  const diff = await engine.diff(
    { kind: 'migrations', folder: sqlite.migrations },
    { kind: 'schema', text },
    asScript,
  );
  const whole = await engine.diff({ kind: 'empty' }, { kind: 'schema', text }, asScript);
  const enumsOf = async (source: SchemaSource) => {
    const ddl = await engines.engine('postgres').diff({ kind: 'empty' }, source, asScript);
    return readEnumColumns(ddl.text);
  };
  const before = new Database(':memory:');
  const wanted = new Database(':memory:');
  try {
    before.pragma('foreign_keys = OFF');
    for (const { script } of await readMigrationFiles(sqlite.migrations)) {
      for (const statement of statementsOf(script)) before.exec(statement.sql);
    }
    wanted.exec(correctSqliteDdl(whole.text));
    return writeSqliteMigration({
      before,
      wanted,
      enums: await enumsOf({ kind: 'schema', text: postgresText }),
      formerEnums: await enumsOf(former),
      asked: diff.isEmpty ? '' : diff.text,
    });
  } finally {
    before.close();
    wanted.close();
  }
}
