export type { Guard, GuardedRequest } from './cli/guard.ts';
export { main as runSchemaEngine } from './cli/main.ts';
export { SchemaEngineError } from './engine/error.ts';
export type { DescribedSql, SqlQuery } from './engine/sql.ts';
export { engineExecutable } from './executable.ts';
export {
  type MigrationHistory,
  openSchemaEngine,
  type SchemaDiff,
  type SchemaEngine,
  type SchemaEngineOptions,
  type SchemaSource,
} from './open.ts';
