import { ConnectionError, type PostgresTarget, type SqliteTarget } from '@vatevo/connection';
import type { SchemaEngine, SchemaEngineOptions } from '@vatevo/schema-engine';
import { SchemaEngineError } from '@vatevo/schema-engine/error';
import { sqliteFailed } from './sqlite-failed.ts';

/**
 * Opens the schema engine for one piece of work.
 *
 * @throws ConnectionError when the database cannot be reached
 * @throws SchemaEngineError
 */
export async function withEngine<T>(
  target: PostgresTarget | SqliteTarget,
  work: (engine: SchemaEngine) => Promise<T>,
  session?: SchemaEngineOptions['session'],
): Promise<T> {
  // Imported here: it is megabytes, and a database that has all migrations does not need it.
  const { openSchemaEngine } = await import('@vatevo/schema-engine');
  const engine = openSchemaEngine({ target, ...(session && { session }) });
  try {
    return await work(engine);
  } catch (error) {
    if (!(error instanceof SchemaEngineError)) throw error;
    if (error.cause instanceof ConnectionError) throw error.cause;
    throw target.kind === 'sqlite' ? unusableFile(error, target) : error;
  } finally {
    await engine.close();
  }
}

function unusableFile(error: SchemaEngineError, { file }: SqliteTarget): unknown {
  const failed = sqliteFailed(error.cause, file);
  return failed instanceof ConnectionError ? failed : error;
}
