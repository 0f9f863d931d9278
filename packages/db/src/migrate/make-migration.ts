import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withScratch } from '../check/scratch.ts';
import { type DatabaseKind, prismaFiles, readMigrationFiles } from '../migrations/folder.ts';
import { correctSqliteDdl } from '../schema/correct-sqlite-ddl.ts';
import { deriveSqliteSchema } from '../schema/derive-sqlite.ts';
import { MigrateError } from './error.ts';
import { recordMigrations } from './record.ts';

export interface NewMigration {
  /** What it does, in lower case: `add_invoice_note`. */
  readonly name: string;
  /** Make it for both databases even where the schema asks for nothing, to be filled in by hand. */
  readonly empty: boolean;
}

/** Small letters, digits and `_`: a folder's name everywhere, and what `db:check` asks for. */
export function isMigrationName(name: string): boolean {
  return /^[a-z0-9_]{1,100}$/.test(name);
}

/** What an empty migration says; without a statement there is nothing to apply. */
const EMPTY = '-- Written by hand: replace this line by statements.\n';

/**
 * Makes the migration that brings both databases to what
 * `prisma/postgres/schema.prisma` says, under the same name in both folders, and
 * records it.
 *
 * Needs no database and touches none: `pnpm db:deploy` applies it.
 *
 * @returns the files written
 * @throws MigrateError
 */
export async function makeMigration({ name, empty }: NewMigration, root: string): Promise<string[]> {
  if (!isMigrationName(name)) {
    throw new MigrateError(
      `The name "${name}" is not made of small letters, digits and _, like add_invoice_note.`,
    );
  }
  const source = await readFile(prismaFiles('postgres', root).schema, 'utf8');
  await writeFile(prismaFiles('sqlite', root).schema, deriveSqliteSchema(source));

  const folder = `${await nextTimestamp(root)}_${name}`;
  const written: string[] = [];
  await withScratch(async (scratch) => {
    for (const kind of ['postgres', 'sqlite'] as const) {
      const files = prismaFiles(kind, root);
      const text = await readFile(files.schema, 'utf8');
      const diff = await scratch
        .engine(kind)
        .diff({ kind: 'migrations', folder: files.migrations }, { kind: 'schema', text }, { script: true });
      if (diff.isEmpty && !empty) continue;
      const script = diff.isEmpty ? EMPTY : correctSqliteDdl(diff.text.trimStart());
      await mkdir(path.join(files.migrations, folder));
      await writeFile(path.join(files.migrations, folder, 'migration.sql'), script);
      written.push(`prisma/${kind}/migrations/${folder}/migration.sql`);
    }
  });
  if (written.length > 0) await recordMigrations(root);
  return written;
}

/** Now, in UTC; later than every migration there is, even when a clock went wrong. */
async function nextTimestamp(root: string): Promise<string> {
  const kinds: DatabaseKind[] = ['postgres', 'sqlite'];
  const all = await Promise.all(kinds.map((kind) => readMigrationFiles(prismaFiles(kind, root).migrations)));
  const now = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const newest = all
    .flat()
    .map((migration) => migration.name.slice(0, 14))
    .sort()
    .at(-1);
  return newest !== undefined && newest >= now ? String(BigInt(newest) + 1n) : now;
}
