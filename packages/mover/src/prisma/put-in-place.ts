import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SchemaFile } from '@vatevo/schema-engine/schema-text';
import { CommandError, ExitCode } from '@vatevo/shell';
import type { Project } from './project.ts';
import { type SchemaOnDisk, writeSchemaFiles, writeWhole } from './schema-files.ts';

/**
 * Puts the schema and the migrations of PostgreSQL where those of SQLite are, which are set aside as a whole.
 *
 * Each step is one renaming, and is passed over where it was done: killed at any point, the same call goes on.
 */
export function putInPlace(
  { migrations, outMigrations, aside, asideMigrations }: Project,
  { folder, files: sqlite }: SchemaOnDisk,
  postgres: readonly SchemaFile[],
): void {
  setAside(aside, sqlite);
  if (existsSync(migrations) && !isPostgres(migrations)) {
    if (existsSync(asideMigrations)) throw isTaken(asideMigrations);
    mkdirSync(dirname(asideMigrations), { recursive: true });
    renameSync(migrations, asideMigrations);
  }
  if (!existsSync(migrations)) {
    const unfinished = `${migrations}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    cpSync(outMigrations, unfinished, { recursive: true });
    renameSync(unfinished, migrations);
  }
  // The one with the datasource last: until it says PostgreSQL, nothing else is taken for done.
  const changed = postgres.filter(([path, text]) => sqlite.find(([own]) => own === path)?.[1] !== text);
  const provider = (text: string) => /provider\s*=\s*"postgresql"/.test(text);
  for (const [path, text] of changed.toSorted(([, a], [, b]) => Number(provider(a)) - Number(provider(b)))) {
    writeWhole(join(folder, path), text);
  }
}

function setAside(aside: string, files: readonly SchemaFile[]): void {
  if (existsSync(aside)) {
    const isSame = files.every(([path, text]) => readIfThere(join(aside, path)) === text);
    if (isSame) return;
    throw isTaken(aside);
  }
  writeSchemaFiles(aside, files);
}

function isTaken(path: string): CommandError {
  return new CommandError(
    ExitCode.usage,
    `${path} is there already, and is where the schema and the migrations of SQLite are to be kept.`,
    { remedy: ['Move it elsewhere, and run the same command again.'] },
  );
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Whether a folder of migrations is for PostgreSQL already. */
function isPostgres(migrations: string): boolean {
  return /^provider\s*=\s*"postgresql"/m.test(readIfThere(join(migrations, 'migration_lock.toml')) ?? '');
}
