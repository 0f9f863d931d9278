import { readFile, writeFile } from 'node:fs/promises';
import type { MigrationFile } from '../migrations/folder.ts';

/** The committed record of the migrations: their checksums by name, in order. */
export type Checksums = ReadonlyMap<string, string>;

export async function readChecksums(file: string): Promise<Checksums> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
}

export async function writeChecksums(file: string, migrations: readonly MigrationFile[]): Promise<void> {
  const entries = migrations.map(({ name, checksum }) => [name, checksum]);
  await writeFile(file, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
}
