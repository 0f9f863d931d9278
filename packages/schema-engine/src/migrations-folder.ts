import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg';

/**
 * Reads a folder of migrations into what the engine takes, as the Prisma CLI
 * does: each subfolder is a migration, in the order of their names.
 *
 * @throws Error when the folder cannot be read
 */
export async function readMigrationsFolder(folder: string): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const migrationDirectories = await Promise.all(
    names
      .sort()
      .map(async (name) => ({ path: name, migrationFile: await readScript(path.join(folder, name)) })),
  );
  const lockfile = 'migration_lock.toml';
  const content = await readFile(path.join(folder, lockfile), 'utf8').catch(() => null);
  return {
    baseDir: folder,
    lockfile: { path: lockfile, content },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}

type MigrationFile = MigrationList['migrationDirectories'][number]['migrationFile'];

async function readScript(folder: string): Promise<MigrationFile> {
  const file = 'migration.sql';
  try {
    return { path: file, content: { tag: 'ok', value: await readFile(path.join(folder, file), 'utf8') } };
  } catch (error) {
    return { path: file, content: { tag: 'error', value: (error as Error).message } };
  }
}
