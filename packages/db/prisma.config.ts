import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig, withoutPassword } from '@vatevo/connection';
import { defineConfig } from 'prisma/config';

// Whoever starts the Prisma CLI in this folder without `pnpm prisma` gets the same schema engine: it needs no
// download, and refuses to erase what it should not (src/prisma/guard.ts).
process.env.PRISMA_SCHEMA_ENGINE_BINARY ||= fileURLToPath(new URL('bin/schema-engine.mjs', import.meta.url));

/** Commands that work on files alone: for them it does not matter whether the environment names a database. */
const OFFLINE = new Set(['generate', 'validate', 'format', 'version', '-v', '--version']);

/**
 * The Prisma CLI on the database that the environment names: PostgreSQL when
 * POSTGRES_URL is set, else the SQLite file. Each has its schema and migrations.
 *
 * The CLI puts the URL into the arguments of the schema engine, for everybody to
 * read: it gets one without the password, which the engine finds in POSTGRES_URL.
 */
function datasource(): { kind: 'postgres' | 'sqlite'; url?: string } {
  try {
    const { database } = parseConfig(process.env);
    if (database.kind === 'postgres') return { kind: 'postgres', url: withoutPassword(database) };
    return { kind: 'sqlite', url: `file:${path.resolve(process.env.INIT_CWD ?? '.', database.file)}` };
  } catch (error) {
    if (process.argv.some((argument) => OFFLINE.has(argument))) return { kind: 'postgres' };
    throw error;
  }
}

const { kind, url } = datasource();
const folder = fileURLToPath(new URL(`prisma/${kind}`, import.meta.url));

export default defineConfig({
  schema: path.join(folder, 'schema.prisma'),
  migrations: { path: path.join(folder, 'migrations') },
  ...(url && { datasource: { url } }),
});
