import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withScratch } from '../check/scratch.ts';
import { type DatabaseKind, prismaFiles, readMigrationFiles } from '../migrations/folder.ts';
import { correctSqliteDdl } from '../schema/correct-sqlite-ddl.ts';
import { deriveSqliteSchema } from '../schema/derive-sqlite.ts';
import { MigrateError } from './error.ts';
import { type LostObject, recordOn } from './record.ts';

export interface NewMigration {
  /** What it does, in lower case: `add_invoice_note`. */
  readonly name: string;
  /** Make it for both databases even where the schema asks for nothing, to be filled in by hand. */
  readonly empty: boolean;
}

export interface Made {
  /** The files, relative to the package; none when the schema asks for nothing. */
  readonly written: readonly string[];
  readonly lost: readonly LostObject[];
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
 * @returns the files written, and what the new migration takes away unasked
 * @throws MigrateError
 */
export async function makeMigration({ name, empty }: NewMigration, root: string): Promise<Made> {
  if (!isMigrationName(name)) {
    throw new MigrateError(
      `The name "${name}" is not made of small letters, digits and _, like add_invoice_note.`,
    );
  }
  const source = await readFile(prismaFiles('postgres', root).schema, 'utf8');
  await writeFile(prismaFiles('sqlite', root).schema, deriveSqliteSchema(source));

  const folder = `${await nextTimestamp(root)}_${name}`;
  return withScratch(async (scratch) => {
    const written: string[] = [];
    for (const kind of ['postgres', 'sqlite'] as const) {
      const files = prismaFiles(kind, root);
      const text = await readFile(files.schema, 'utf8');
      const diff = await scratch
        .engine(kind)
        .diff({ kind: 'migrations', folder: files.migrations }, { kind: 'schema', text }, { script: true });
      if (diff.isEmpty && !empty) continue;
      const asked = diff.text.trimStart();
      const script = diff.isEmpty ? EMPTY : kind === 'sqlite' ? correctSqliteDdl(asked) : asked;
      await mkdir(path.join(files.migrations, folder));
      await writeFile(path.join(files.migrations, folder, 'migration.sql'), script);
      written.push(`prisma/${kind}/migrations/${folder}/migration.sql`);
    }
    return { written, lost: written.length > 0 ? await recordOn(scratch, root) : [] };
  });
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
