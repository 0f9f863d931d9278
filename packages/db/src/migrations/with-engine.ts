import { ConnectionError, type PostgresTarget, type SqliteTarget } from '@vatevo/connection';
import {
  openSchemaEngine,
  type SchemaEngine,
  SchemaEngineError,
  type SchemaEngineOptions,
} from '@vatevo/schema-engine';

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
  const engine = openSchemaEngine({ target, ...(session && { session }) });
  try {
    return await work(engine);
  } catch (error) {
    if (error instanceof SchemaEngineError && error.cause instanceof ConnectionError) throw error.cause;
    throw error;
  } finally {
    await engine.close();
  }
}
