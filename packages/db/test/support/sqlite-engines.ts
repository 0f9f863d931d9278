import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parsePostgresUrl } from '@vatevo/connection';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { openSchemaEngine, type SchemaEngine } from '@vatevo/schema-engine';
import Database from 'better-sqlite3';
import { checkSchema } from '../../src/check/check-schema.ts';
import { describeFault } from '../../src/check/fault.ts';
import { checkEnums } from '../../src/check/sqlite/check-enums.ts';
import { checkSurvival } from '../../src/check/sqlite/check-survival.ts';
import { sqliteScript } from '../../src/migrate/sqlite/sqlite-script.ts';
import { type DatabaseKind, prismaFiles, readMigrationFiles } from '../../src/migrations/folder.ts';
import { deriveSqliteSchema } from '../../src/schema/derive-sqlite.ts';
import type { PrismaFolder } from './prisma-folder.ts';

/** What `db:migrate` and `db:check` do for SQLite, many times over on the same engines. */
export class SqliteEngines {
  readonly #engines: Readonly<Record<DatabaseKind, SchemaEngine>>;
  readonly #close: () => Promise<void>;

  static async open(): Promise<SqliteEngines> {
    const database = await testDatabase();
    const engines = {
      postgres: openSchemaEngine({ target: parsePostgresUrl(database.url) }),
      sqlite: openSchemaEngine({ target: { kind: 'sqlite', file: ':memory:' } }),
    };
    return new SqliteEngines(engines, async () => {
      await engines.postgres.close();
      await engines.sqlite.close();
      await database.drop();
    });
  }

  private constructor(engines: Readonly<Record<DatabaseKind, SchemaEngine>>, close: () => Promise<void>) {
    this.#engines = engines;
    this.#close = close;
  }

  close(): Promise<void> {
    return this.#close();
  }

  engine(kind: DatabaseKind): SchemaEngine {
    return this.#engines[kind];
  }

  /** Changes the schema and makes the SQLite migration that it asks for; resolves to its script. */
  async change(folder: PrismaFolder, name: string, edit: (schema: string) => string): Promise<string> {
    await this.edit(folder, edit);
    const script = await sqliteScript(this, folder.root);
    if (script !== '') await write(folder, name, script);
    return script;
  }

  /** Changes the schema, and adds a migration that somebody wrote. */
  async byHand(
    folder: PrismaFolder,
    name: string,
    script: string,
    edit: (schema: string) => string,
  ): Promise<void> {
    await this.edit(folder, edit);
    await write(folder, name, script);
  }

  async edit(folder: PrismaFolder, edit: (schema: string) => string): Promise<void> {
    const { schema } = prismaFiles('postgres', folder.root);
    const text = edit(await readFile(schema, 'utf8'));
    await writeFile(schema, text);
    await writeFile(prismaFiles('sqlite', folder.root).schema, deriveSqliteSchema(text));
  }

  /** What `db:check` finds that concerns SQLite. */
  async faults({ root }: PrismaFolder): Promise<string[]> {
    const files = prismaFiles('sqlite', root);
    const migrations = await readMigrationFiles(files.migrations);
    const faults = [
      ...checkSurvival(migrations),
      ...(await checkSchema('sqlite', files, this.engine('sqlite'))),
    ];
    if (faults.length === 0) faults.push(...(await checkEnums(root, migrations, this.engine('postgres'))));
    return faults.map(describeFault);
  }
}

/** Adds a migration behind all others. */
async function write({ root }: PrismaFolder, name: string, script: string): Promise<void> {
  const { migrations } = prismaFiles('sqlite', root);
  const last = (await readMigrationFiles(migrations)).at(-1)?.name.slice(0, 14) ?? '20260101000000';
  const folder = path.join(migrations, `${BigInt(last) + 1n}_${name}`);
  await mkdir(folder);
  await writeFile(path.join(folder, 'migration.sql'), script);
}

/** A database with all migrations, and no rows. */
export async function made({ root }: PrismaFolder): Promise<Database.Database> {
  const database = new Database(':memory:');
  database.pragma('foreign_keys = OFF');
  for (const { script } of await readMigrationFiles(prismaFiles('sqlite', root).migrations)) {
    database.exec(script);
  }
  return database;
}
