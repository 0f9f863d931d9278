import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { CREATE_SQLITE_HISTORY, sqliteFiles } from '@vatevo/connection';
import Database from 'better-sqlite3';
import type { EngineDatabase, Incidents } from '../engine/database.ts';
import { SchemaEngineError } from '../engine/error.ts';
import { SqliteAdapter } from './adapter.ts';
import { emptyDatabase } from './empty-database.ts';

/**
 * A SQLite file under the schema engine.
 *
 * The engine locks the file for itself while it applies migrations, so
 * everything here goes through the connection that the engine holds.
 */
export class SqliteDatabase implements EngineDatabase {
  readonly provider = 'sqlite';
  incidents: Incidents = {};
  readonly #file: string;
  #main: SqliteAdapter | undefined;

  /** @param file path, or `:memory:` for work that needs no database */
  constructor(file: string) {
    this.#file = file;
  }

  get factory(): SqlMigrationAwareDriverAdapterFactory {
    const { provider, adapterName } = new PrismaBetterSqlite3({ url: ':memory:' });
    return {
      provider,
      adapterName,
      connect: async () => {
        await this.check();
        this.#main = await this.#open(this.#file);
        return this.#main;
      },
      connectToShadowDb: () => this.#open(':memory:'),
    };
  }

  async check(): Promise<void> {
    if (this.#file === ':memory:') return;
    if (!existsSync(this.#file)) {
      this.#fail(new SchemaEngineError(`Database \`${this.#file}\` does not exist`, { code: 'P1003' }));
    }
    this.#touch();
  }

  async create(): Promise<string> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    this.#touch({ create: true });
    return path.basename(this.#file);
  }

  async drop(): Promise<void> {
    for (const file of sqliteFiles(this.#file)) await rm(file, { force: true });
  }

  async answer(method: string, _params: unknown, ask: () => Promise<unknown>): Promise<unknown> {
    if (method === 'introspectSql') {
      throw new SchemaEngineError('What a query takes and gives is told by PostgreSQL, and not by SQLite.');
    }
    const main = this.#main;
    if (!main) return ask();
    switch (method) {
      case 'reset':
        // The engine's own reset deletes rows only, so that no migration can be applied again.
        await emptyDatabase(main);
        return {};
      case 'markMigrationApplied':
        await main.executeScript(CREATE_SQLITE_HISTORY);
        return ask();
      case 'diagnoseMigrationHistory': {
        main.sawNoHistory = false;
        const diagnosis = (await ask()) as object;
        return { ...diagnosis, hasMigrationsTable: !main.sawNoHistory };
      }
      default:
        return ask();
    }
  }

  async tidy(): Promise<void> {}

  /** A statement on SQLite holds this thread until it is done: there is nobody to cancel it. */
  async cancel(): Promise<void> {}

  async close(): Promise<void> {
    await this.#main?.dispose();
    this.#main = undefined;
  }

  async #open(url: string): Promise<SqliteAdapter> {
    // Milliseconds are what Prisma's native engine writes into `_prisma_migrations`.
    const adapter: SqlDriverAdapter = await new PrismaBetterSqlite3(
      { url },
      { timestampFormat: 'unixepoch-ms' },
    ).connect();
    return new SqliteAdapter(adapter, (refused) => {
      this.incidents.refused = refused;
    });
  }

  /** Finds out whether the file can be used as a database. */
  #touch({ create = false } = {}): void {
    let database: Database.Database | undefined;
    try {
      database = new Database(this.#file, { fileMustExist: !create });
      // Opening alone reads and writes nothing.
      if (create) database.exec('VACUUM');
      else database.pragma('schema_version');
    } catch (error) {
      const message = `SQLite file ${this.#file}: ${(error as Error).message}`;
      this.#fail(new SchemaEngineError(message, { cause: error }));
    } finally {
      database?.close();
    }
  }

  #fail(error: SchemaEngineError): never {
    this.incidents.connection = error;
    throw error;
  }
}
