import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Datasource } from './parser.ts';
import type { SchemaOnDisk } from './schema-files.ts';

/** Where the parts of a Prisma project lie, and where those for PostgreSQL and those that are set aside go. */
export interface Project {
  /** The folder of migrations that Prisma looks into. */
  readonly migrations: string;
  /** A folder of ours: the schema for PostgreSQL, and its migrations where they are to be beside it. */
  readonly out: string;
  readonly outMigrations: string;
  /** Where the schema and the migrations of SQLite are kept when PostgreSQL's take their places. */
  readonly aside: string;
  readonly asideMigrations: string;
}

/** The name that Prisma's documentation gives to a baseline. */
export const BASELINE = '0_init';

/**
 * @param path what `--schema` names
 * @param given folders that lie elsewhere
 */
export function projectOf(
  path: string,
  { folder, isFolder }: SchemaOnDisk,
  { file }: Datasource,
  given: { readonly out: string | undefined; readonly migrations: string | undefined },
): Project {
  // All files below the folder of a schema are parts of it, so ours have to lie beside it.
  const beside = (provider: string) => (isFolder ? `${path}-${provider}` : join(folder, provider));
  const out = given.out ?? beside('postgresql');
  const aside = beside('sqlite');
  // Prisma 7 looks for them in the folder of the schema, Prisma 6 where the datasource is.
  const level = existsSync(join(folder, dirname(file), 'migrations')) ? dirname(file) : '.';
  return {
    migrations: given.migrations ?? join(folder, level, 'migrations'),
    out,
    outMigrations: join(out, level, 'migrations'),
    aside,
    asideMigrations: join(aside, level, 'migrations'),
  };
}
