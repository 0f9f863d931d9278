import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngineError } from './error.ts';

/** A statement that the database refused, as the database put it. */
export interface RefusedStatement {
  readonly code: string;
  readonly message: string;
  /**
   * How the engine sent it: a migration, another command (a script of `db execute`,
   * a lock, on SQLite also a migration in a shadow database), or a query of its own.
   */
  readonly sentAs: 'migration' | 'command' | 'query';
}

/**
 * What happened below the engine while it worked on one request. The engine
 * rewrites errors on their way up and loses the database's own words.
 */
export interface Incidents {
  /** The database could not be reached, or was lost. */
  connection?: SchemaEngineError;
  refused?: RefusedStatement;
}

/** One kind of database, as the engine needs it. */
export interface EngineDatabase {
  readonly provider: 'postgresql' | 'sqlite';
  /** What the WebAssembly engine opens its connections with. */
  readonly factory: SqlMigrationAwareDriverAdapterFactory;
  /** Emptied before each request. */
  incidents: Incidents;
  /** Rejects with a {@link SchemaEngineError} when the database cannot be used. */
  check(): Promise<void>;
  /** Creates the database and returns its name. */
  create(): Promise<string>;
  /** Drops the database. */
  drop(): Promise<void>;
  /** Answers a request itself, or has the engine answer it and puts the answer right. */
  answer(method: string, params: unknown, ask: () => Promise<unknown>): Promise<unknown>;
  /** Drops what a request may have left behind, such as shadow databases of a request that failed. */
  tidy(): Promise<void>;
  /** Makes the statement at work fail, so that a request can end early. */
  cancel(): Promise<void>;
  /** Closes the engine's connection. */
  close(): Promise<void>;
}
