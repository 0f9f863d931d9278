import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export type DatabaseKind = 'postgres' | 'sqlite';

/** A migration as this release holds it. */
export interface MigrationFile {
  /** Its folder's name, which begins with the time it was made: `20260101000000_init`. */
  readonly name: string;
  readonly script: string;
  /** SHA-256 of the script, lower-case hex, as Prisma records it in the database. */
  readonly checksum: string;
}

/** Everything in `prisma/postgres` or `prisma/sqlite`. */
export interface PrismaFiles {
  readonly schema: string;
  readonly migrations: string;
  /** The checksums of the committed migrations. */
  readonly checksums: string;
  /** What the migrations make, as the database's own catalog says it. */
  readonly catalog: string;
  /** The rights of the API's roles. Of PostgreSQL only. */
  readonly grants: string;
  /** The folder of the queries for `$queryRawTyped`. Of PostgreSQL only. */
  readonly queries: string;
  /** What they take and give. */
  readonly queryTypes: string;
}

/**
 * The package's folder `prisma`; the same from src and from dist. A rehearsal of what a later release does may name
 * another one of the same layout (VATEVO_PRISMA_FOLDER).
 */
export const PRISMA_FOLDER =
  process.env.VATEVO_PRISMA_FOLDER || fileURLToPath(new URL('../../prisma', import.meta.url));

/** @param root another folder of the same layout, such as a test's copy */
export function prismaFiles(kind: DatabaseKind, root: string = PRISMA_FOLDER): PrismaFiles {
  const folder = path.join(root, kind);
  const migrations = path.join(folder, 'migrations');
  return {
    schema: path.join(folder, 'schema.prisma'),
    migrations,
    checksums: path.join(migrations, 'checksums.json'),
    catalog: path.join(folder, 'catalog.snapshot.txt'),
    grants: path.join(folder, 'grants.sql'),
    queries: path.join(folder, 'sql'),
    queryTypes: path.join(folder, 'sql', 'types.json'),
  };
}

/** The migrations in a folder, in the order in which they are applied. */
export async function readMigrationFiles(folder: string): Promise<MigrationFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.sort().map(async (name) => {
      const script = await readFile(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, script, checksum: createHash('sha256').update(script).digest('hex') };
    }),
  );
}
