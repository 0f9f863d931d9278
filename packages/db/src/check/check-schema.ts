import { readFile } from 'node:fs/promises';
import { type SchemaEngine, SchemaEngineError, type SchemaSource } from '@vatevo/schema-engine';
import type { DatabaseKind, PrismaFiles } from '../migrations/folder.ts';
import { storedSchema } from '../schema/stored-schema.ts';
import type { Fault } from './fault.ts';

/**
 * The migrations, applied one after the other, make the schema.
 *
 * @param make makes what is compared with the schema; left out: the engine does, on a database of the moment
 */
export async function checkSchema(
  kind: DatabaseKind,
  files: PrismaFiles,
  engine: SchemaEngine,
  make: () => Promise<SchemaSource> = async () => ({ kind: 'migrations', folder: files.migrations }),
): Promise<Fault[]> {
  const text = storedSchema(kind, await readFile(files.schema, 'utf8'));
  try {
    const diff = await engine.diff(await make(), { kind: 'schema', text });
    if (diff.isEmpty) return [];
    return [
      {
        file: `prisma/${kind}/schema.prisma`,
        problem: 'differs from what the migrations make; they lack:',
        details: diff.text.split('\n').filter((line) => line.trim() !== ''),
        fix: 'Run pnpm db:migrate --name WHAT_CHANGED, or take the change to the schema back.',
      },
    ];
  } catch (error) {
    if (!(error instanceof SchemaEngineError)) throw error;
    const file = error.migration
      ? `prisma/${kind}/migrations/${error.migration}/migration.sql`
      : `prisma/${kind}/schema.prisma`;
    return [
      {
        file,
        problem: error.migration ? 'does not apply to an empty database' : 'cannot be read',
        details: (/\nDatabase error:\n(.*)/s.exec(error.message)?.[1] ?? error.message).split('\n'),
        fix: 'Fix it, then run pnpm db:check again.',
      },
    ];
  }
}
