export { SchemaEngineError } from './engine/error.ts';
export { engineExecutable } from './executable.ts';
export {
  type MigrationHistory,
  openSchemaEngine,
  type SchemaDiff,
  type SchemaEngine,
  type SchemaEngineOptions,
  type SchemaSource,
} from './open.ts';
