import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PostgresTarget } from '@vatevo/connection';
import { type DescribedSql, openSchemaEngine, SchemaEngineError, type SqlQuery } from '@vatevo/schema-engine';

/** A query that cannot be described: PostgreSQL refuses it, or its name cannot be one in TypeScript. */
interface RefusedQuery {
  /** Relative to the folder of the queries. */
  readonly file: string;
  readonly problem: string;
}

/** What the queries of a folder take and give. */
export interface DescribedQueries {
  /** As it is committed, and read when the clients are generated. */
  readonly text: string;
  readonly refused: readonly RefusedQuery[];
}

/** What is committed of no queries; the file need not be there. */
export const NO_QUERIES = '{}\n';

/**
 * Asks a server what the queries of a folder take and give.
 *
 * @param folder `prisma/postgres/sql`, or another; it need not be there
 * @param target a database with all migrations
 */
export async function describeQueries(folder: string, target: PostgresTarget): Promise<DescribedQueries> {
  const described: [name: string, description: Omit<DescribedSql, 'name' | 'source'>][] = [];
  const refused: RefusedQuery[] = [];
  const engine = openSchemaEngine({ target });
  try {
    for (const query of await readQueries(folder)) {
      try {
        if (!IDENTIFIER.test(query.name)) throw new SchemaEngineError(NO_IDENTIFIER);
        const { name, source: _, ...description } = await engine.describeSql(query);
        described.push([name, description]);
      } catch (error) {
        if (!(error instanceof SchemaEngineError)) throw error;
        refused.push({ file: `${query.name}.sql`, problem: error.message });
      }
    }
  } finally {
    await engine.close();
  }
  return { text: `${JSON.stringify(Object.fromEntries(described), null, 2)}\n`, refused };
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const NO_IDENTIFIER = 'the name of the file is no name of a function in TypeScript';

/** In the order of their names. */
async function readQueries(folder: string): Promise<SqlQuery[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return Promise.all(
    files
      .filter((file) => file.endsWith('.sql'))
      .sort()
      .map(async (file) => ({
        name: path.basename(file, '.sql'),
        source: await readFile(path.join(folder, file), 'utf8'),
      })),
  );
}
