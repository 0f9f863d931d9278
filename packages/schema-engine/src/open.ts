import type {
  DiffTarget as EngineDiffTarget,
  HistoryDiagnostic,
} from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { PostgresTarget, SqliteTarget } from '@vatevo/connection';
import type { EngineDatabase } from './engine/database.ts';
import { type Datamodel, Engine } from './engine/engine.ts';
import type { DescribedSql, SqlQuery } from './engine/sql.ts';
import { readMigrationsFolder } from './migrations-folder.ts';
import { PostgresDatabase } from './postgres/database.ts';
import { SqliteDatabase } from './sqlite/database.ts';

export interface SchemaEngineOptions {
  readonly target: PostgresTarget | SqliteTarget;
  /**
   * PostgreSQL settings of the session that migrations run in, such as
   * `{ lock_timeout: '2s' }`. Of no use on SQLite.
   */
  readonly session?: Readonly<Record<string, string>>;
  /** PostgreSQL's schema that the tables are in; `public` when omitted. */
  readonly schema?: string;
}

/** One side of a comparison. */
export type SchemaSource =
  | { readonly kind: 'empty' }
  /** The database that the engine is open on. */
  | { readonly kind: 'database' }
  /** A folder of migrations, or only those named. */
  | { readonly kind: 'migrations'; readonly folder: string; readonly only?: readonly string[] }
  /** The text of a Prisma schema. */
  | { readonly kind: 'schema'; readonly text: string }
  /** The files of one, by their paths. */
  | { readonly kind: 'schema-files'; readonly files: readonly Datamodel[] };

export interface SchemaDiff {
  readonly isEmpty: boolean;
  /** What has to change to get from one side to the other: for people, or as SQL. */
  readonly text: string;
}

/** How a database's history compares with a folder of migrations. */
export interface MigrationHistory {
  /** False for a database that never saw a migration. */
  readonly hasMigrationsTable: boolean;
  /** In the folder, not in the database; in order. */
  readonly pending: readonly string[];
  /** Begun in the database and neither finished nor marked as rolled back. */
  readonly failed: readonly string[];
  /** Changed in the folder after they had been applied. */
  readonly edited: readonly string[];
  /** In the database, not in the folder. */
  readonly unknown: readonly string[];
}

/** Prisma's schema engine on one database, without the Prisma CLI. */
export interface SchemaEngine {
  /** Applies what the database lacks, in order and up to `last` when that is given, and returns the names. */
  applyMigrations(folder: string, last?: string): Promise<readonly string[]>;
  diagnoseMigrationHistory(folder: string): Promise<MigrationHistory>;
  diff(from: SchemaSource, to: SchemaSource, options?: { script?: boolean }): Promise<SchemaDiff>;
  /** What a query takes and gives on this database, which is not changed. PostgreSQL only. */
  describeSql(query: SqlQuery): Promise<DescribedSql>;
  /** Records a migration as applied without running it. */
  markMigrationApplied(folder: string, name: string): Promise<void>;
  /** Records a failed migration as rolled back, so that it can be applied again. */
  markMigrationRolledBack(name: string): Promise<void>;
  /** Drops everything in the database. */
  reset(): Promise<void>;
  /** The server's version, in its own words. */
  version(): Promise<string>;
  /** Creates the database, if it is not there. */
  createDatabase(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens Prisma's schema engine on a database. It connects at the first request;
 * requests are answered one at a time, and each rejects with a
 * `SchemaEngineError` when it fails. Close it, or its connection keeps the
 * process alive.
 *
 * @example
 * const engine = openSchemaEngine({ target, session: { lock_timeout: '2s' } });
 * try {
 *   console.log(await engine.applyMigrations('prisma/migrations'));
 * } finally {
 *   await engine.close();
 * }
 */
export function openSchemaEngine({ target, session, schema }: SchemaEngineOptions): SchemaEngine {
  const database: EngineDatabase =
    target.kind === 'postgres'
      ? new PostgresDatabase(target, { session, schema })
      : new SqliteDatabase(target.file);
  return new InProcessEngine(database);
}

const FILTERS = { externalTables: [], externalEnums: [] };

class InProcessEngine implements SchemaEngine {
  readonly #database: EngineDatabase;
  readonly #engine: Engine;

  constructor(database: EngineDatabase) {
    this.#database = database;
    this.#engine = new Engine(database);
  }

  async applyMigrations(folder: string, last?: string): Promise<readonly string[]> {
    const list = await readMigrationsFolder(folder);
    const migrationDirectories = list.migrationDirectories.filter(
      ({ path }) => last === undefined || path <= last,
    );
    const migrationsList = { ...list, migrationDirectories };
    const answer = await this.#engine.request('applyMigrations', { migrationsList, filters: FILTERS });
    return (answer as { appliedMigrationNames: string[] }).appliedMigrationNames;
  }

  async diagnoseMigrationHistory(folder: string): Promise<MigrationHistory> {
    const migrationsList = await readMigrationsFolder(folder);
    const params = { migrationsList, filters: FILTERS, optInToShadowDatabase: false };
    const answer = (await this.#engine.request('diagnoseMigrationHistory', params)) as {
      hasMigrationsTable: boolean;
      failedMigrationNames: string[];
      editedMigrationNames: string[];
      history: HistoryDiagnostic | null;
    };
    return {
      hasMigrationsTable: answer.hasMigrationsTable,
      failed: answer.failedMigrationNames,
      edited: answer.editedMigrationNames,
      ...sides(answer.history),
    };
  }

  async diff(from: SchemaSource, to: SchemaSource, { script = false } = {}): Promise<SchemaDiff> {
    const params = {
      from: await this.#source(from),
      to: await this.#source(to),
      script,
      exitCode: true,
      filters: FILTERS,
    };
    const answer = (await this.#engine.request('diff', params)) as {
      exitCode: number;
      stdout: string | null;
    };
    return { isEmpty: answer.exitCode === 0, text: answer.stdout ?? '' };
  }

  async describeSql(query: SqlQuery): Promise<DescribedSql> {
    const answer = await this.#engine.request('introspectSql', { url: '', queries: [query] });
    return (answer as { queries: [DescribedSql] }).queries[0];
  }

  async markMigrationApplied(folder: string, migrationName: string): Promise<void> {
    const migrationsList = await readMigrationsFolder(folder);
    await this.#engine.request('markMigrationApplied', { migrationsList, migrationName });
  }

  async markMigrationRolledBack(migrationName: string): Promise<void> {
    await this.#engine.request('markMigrationRolledBack', { migrationName });
  }

  async reset(): Promise<void> {
    await this.#engine.request('reset', { filter: FILTERS });
  }

  async version(): Promise<string> {
    return (await this.#engine.request('version', undefined)) as string;
  }

  async createDatabase(): Promise<void> {
    try {
      await this.#database.check();
    } catch (error) {
      if ((error as { code?: string }).code !== 'P1003') throw error;
      await this.#database.create();
    }
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  async #source(source: SchemaSource): Promise<EngineDiffTarget> {
    switch (source.kind) {
      case 'empty':
        return { tag: 'empty' };
      case 'database':
        // The engine looks at no more of these files than their datasource.
        return { tag: 'schemaDatasource', files: [this.#datasource()], configDir: '.' };
      case 'schema':
        return { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: source.text }] };
      case 'schema-files':
        return {
          tag: 'schemaDatamodel',
          files: source.files.map(([path, content]) => ({ path, content })),
        };
      case 'migrations': {
        const list = await readMigrationsFolder(source.folder);
        const { only } = source;
        const migrationDirectories = list.migrationDirectories.filter(
          ({ path }) => only?.includes(path) ?? true,
        );
        return { tag: 'migrations', ...list, migrationDirectories };
      }
    }
  }

  #datasource() {
    return {
      path: 'schema.prisma',
      content: `datasource db {\n  provider = "${this.#database.provider}"\n}\n`,
    };
  }
}

function sides(history: HistoryDiagnostic | null): Pick<MigrationHistory, 'pending' | 'unknown'> {
  switch (history?.diagnostic) {
    case undefined:
      return { pending: [], unknown: [] };
    case 'databaseIsBehind':
      return { pending: history.unappliedMigrationNames, unknown: [] };
    case 'migrationsDirectoryIsBehind':
      return { pending: [], unknown: history.unpersistedMigrationNames };
    case 'historiesDiverge':
      return { pending: history.unappliedMigrationNames, unknown: history.unpersistedMigrationNames };
  }
}
