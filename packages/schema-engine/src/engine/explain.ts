import type { EngineDatabase } from './database.ts';
import { SchemaEngineError } from './error.ts';

/**
 * Says what went wrong in a request, in Prisma's terms and the database's own
 * words. The engine's error alone often has neither: it calls a lost connection
 * an "error in external connector" and drops the database's message.
 *
 * @param failedMigration finds the migration that the history shows as failed
 */
export async function explain(
  error: unknown,
  method: string,
  database: EngineDatabase,
  failedMigration: () => Promise<string | undefined>,
): Promise<SchemaEngineError> {
  const { connection, refused } = database.incidents;
  if (connection) return connection;
  if (error instanceof SchemaEngineError) return error;
  if (refused?.sentAs === 'migration' && method === 'applyMigrations') {
    const migration = (await failedMigration().catch(() => undefined)) ?? 'unknown';
    return new SchemaEngineError(migrationFailed(migration, refused), {
      code: 'P3018',
      databaseCode: refused.code,
      migration,
      cause: error,
    });
  }
  if (refused?.sentAs === 'command' && method === 'dbExecute') {
    return new SchemaEngineError(`ERROR: ${refused.message}`, { databaseCode: refused.code, cause: error });
  }
  const { code } = error as { code?: unknown };
  const message = withoutTrace((error as Error).message);
  const [, unclean] = /^Migration `(.*?)` failed to apply cleanly to the shadow database/.exec(message) ?? [];
  // PostgreSQL gets such a script as a migration, SQLite as a command.
  if (refused && refused.sentAs !== 'query' && code === 'P3006' && unclean !== undefined) {
    const text = `Migration \`${unclean}\` failed to apply cleanly to the shadow database.\nError code: ${refused.code}\nError:\n${refused.message}`;
    return new SchemaEngineError(text, {
      code,
      databaseCode: refused.code,
      migration: unclean,
      cause: error,
    });
  }
  return new SchemaEngineError(message, {
    code: typeof code === 'string' ? code : undefined,
    databaseCode: refused?.code,
    cause: error,
  });
}

/** The text of P3018, https://www.prisma.io/docs/orm/reference/error-reference#p3018 */
function migrationFailed(migration: string, refused: { code: string; message: string }): string {
  return `A migration failed to apply. New migrations cannot be applied before the error is recovered from. Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve

Migration name: ${migration}

Database error code: ${refused.code}

Database error:
${refused.message}`;
}

/**
 * The engine adds where in its own source an error came by:
 *
 *        0: schema_engine_wasm::wasm::engine::DevDiagnostic
 *                at schema-engine/schema-engine-wasm/src/wasm/engine.rs:223
 */
function withoutTrace(message: string): string {
  return message.replace(/\n\s+0: \w+::.*$/s, '');
}
