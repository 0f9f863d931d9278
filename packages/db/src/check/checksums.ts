import { readFile, writeFile } from 'node:fs/promises';
import { MigrateError } from '../migrate/error.ts';
import type { MigrationFile } from '../migrations/folder.ts';

/** The committed record of the migrations: their checksums by name, in order. */
export type Checksums = ReadonlyMap<string, string>;

/** @throws MigrateError when the file is no JSON, as after a merge that did not go through */
export async function readChecksums(file: string): Promise<Checksums> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
  } catch {
    throw new MigrateError(
      `${file} is not the JSON that pnpm db:migrate writes: restore it from version control; after a merge, keep the lines of both sides.`,
    );
  }
}

export async function writeChecksums(file: string, migrations: readonly MigrationFile[]): Promise<void> {
  const entries = migrations.map(({ name, checksum }) => [name, checksum]);
  await writeFile(file, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
}
