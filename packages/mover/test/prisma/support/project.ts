import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SchemaFile } from '@vatevo/schema-engine/schema-text';
import Database from 'better-sqlite3';
import { sqliteDdl } from '../../../src/prisma/expected-tables.ts';
import { readSchemaFiles } from '../../../src/prisma/schema-files.ts';
import type { Style } from './styles.ts';

const styles = fileURLToPath(new URL('../styles', import.meta.url));

/** A Prisma application on SQLite, in a folder of its own. */
export interface TestProject {
  readonly folder: string;
  /** Path of the database. */
  readonly source: string;
  readonly files: readonly SchemaFile[];
  path(...parts: string[]): string;
  remove(): void;
}

/** Makes the project of a style with its database, whose tables are those of its one migration. */
export async function makeProject({
  name,
  schema,
}: {
  readonly name: Style['name'] | 'places';
  readonly schema: string;
}): Promise<TestProject> {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-prisma-'));
  const path = (...parts: string[]) => join(folder, ...parts);
  cpSync(join(styles, name), path('prisma'), { recursive: true });
  const { files } = readSchemaFiles(path(schema));
  const script = await sqliteDdl(files);
  const migrations = schema.endsWith('.prisma') ? dirname(path(schema)) : path(schema);
  const first = join(migrations, 'migrations', '20240501000000_init');
  mkdirSync(first, { recursive: true });
  writeFileSync(join(first, 'migration.sql'), script);
  writeFileSync(join(migrations, 'migrations', 'migration_lock.toml'), 'provider = "sqlite"\n');
  const source = path('dev.db');
  const db = new Database(source);
  db.exec(script);
  db.exec(`CREATE TABLE _prisma_migrations (id TEXT PRIMARY KEY NOT NULL, checksum TEXT NOT NULL, finished_at DATETIME,
    migration_name TEXT NOT NULL, logs TEXT, rolled_back_at DATETIME, started_at DATETIME NOT NULL DEFAULT current_timestamp,
    applied_steps_count INTEGER UNSIGNED NOT NULL DEFAULT 0);
    INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('1', 'x', '20240501000000_init')`);
  db.close();
  return { folder, source, files, path, remove: () => rmSync(folder, { recursive: true }) };
}
