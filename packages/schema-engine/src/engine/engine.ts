import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { EngineDatabase } from './database.ts';
import { explain } from './explain.ts';
import { loadWasm, orPanic, type WasmSchemaEngine } from './wasm.ts';

/** A schema file: its path and its text. */
export type Datamodel = readonly [path: string, content: string];

/** Requests that the WebAssembly engine answers under the names of the protocol. */
const METHODS = [
  'applyMigrations',
  'createMigration',
  'dbExecute',
  'debugPanic',
  'devDiagnostic',
  'diagnoseMigrationHistory',
  'diff',
  'ensureConnectionValidity',
  'evaluateDataLoss',
  'introspect',
  'introspectSql',
  'markMigrationApplied',
  'markMigrationRolledBack',
  'reset',
  'schemaPush',
  'version',
] as const;

export type Method = (typeof METHODS)[number];

export function isMethod(name: string): name is Method {
  return (METHODS as readonly string[]).includes(name);
}

/**
 * Prisma's WebAssembly schema engine on one database. It connects at the first
 * request and answers one request at a time, which is all it can.
 */
export class Engine {
  readonly #database: EngineDatabase;
  readonly #datamodels: readonly Datamodel[];
  #wasm: Promise<WasmSchemaEngine> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** False while the engine's memory of the migrations' schema may lag behind the database. */
  #knowsHistory = false;

  constructor(database: EngineDatabase, datamodels: readonly Datamodel[] = []) {
    this.#database = database;
    this.#datamodels = datamodels;
  }

  /**
   * Has the engine answer a request.
   *
   * @param params as the Prisma CLI sends them
   * @throws SchemaEngineError
   */
  request(method: Method, params: unknown): Promise<unknown> {
    const answer = this.#last.then(() => this.#answer(method, params));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** Waits for the request at work, then closes the connection. */
  async close(): Promise<void> {
    await this.#last;
    const wasm = await this.#wasm?.catch(() => undefined);
    this.#wasm = undefined;
    wasm?.free();
    await this.#database.close();
  }

  async #answer(method: Method, params: unknown): Promise<unknown> {
    this.#database.incidents = {};
    try {
      const wasm = await this.#connect();
      if (NEEDS_HISTORY.has(method) && !this.#knowsHistory) await this.#learnHistory(wasm, params);
      const result = await this.#database.answer(method, params, () => ask(wasm, method, params));
      this.#knowsHistory = method === 'devDiagnostic' || (this.#knowsHistory && !CHANGES_HISTORY.has(method));
      return result;
    } catch (error) {
      this.#knowsHistory = false;
      throw await explain(error, method, this.#database, () => this.#failedMigration(params));
    } finally {
      await this.#database.tidy();
    }
  }

  #connect(): Promise<WasmSchemaEngine> {
    this.#wasm ??= orPanic(async () => {
      const factory = bindMigrationAwareSqlAdapterFactory(this.#database.factory);
      const datamodels = this.#datamodels.map(([path, content]): [string, string] => [path, content]);
      // It panics on an empty list.
      const options = { datamodels: datamodels.length > 0 ? datamodels : undefined };
      return loadWasm().new(options, () => undefined, factory);
    });
    // A database that could not be reached may be there for the next request.
    this.#wasm.catch(() => {
      this.#wasm = undefined;
    });
    return this.#wasm;
  }

  /**
   * `evaluateDataLoss` and `createMigration` need the schema that the migrations
   * make and have no means of their own to open a shadow database for it: they
   * fail unless an earlier request left it in the engine's memory. In the CLI's
   * `migrate dev` that is `devDiagnostic`, which looks at applied migrations
   * only; so once further ones have been applied, the engine has to look again.
   */
  async #learnHistory(wasm: WasmSchemaEngine, params: unknown): Promise<void> {
    const { migrationsList, filters } = params as Parameters<WasmSchemaEngine['evaluateDataLoss']>[0];
    await ask(wasm, 'diagnoseMigrationHistory', { migrationsList, filters, optInToShadowDatabase: true });
    this.#knowsHistory = true;
  }

  async #failedMigration(params: unknown): Promise<string | undefined> {
    const { migrationsList, filters } = params as Parameters<WasmSchemaEngine['applyMigrations']>[0];
    const wasm = await this.#connect();
    const diagnosis = { migrationsList, filters, optInToShadowDatabase: false };
    const { failedMigrationNames } = (await ask(wasm, 'diagnoseMigrationHistory', diagnosis)) as {
      failedMigrationNames: string[];
    };
    return failedMigrationNames.at(-1);
  }
}

const NEEDS_HISTORY: ReadonlySet<Method> = new Set<Method>(['evaluateDataLoss', 'createMigration']);
const CHANGES_HISTORY: ReadonlySet<Method> = new Set<Method>([
  'applyMigrations',
  'markMigrationApplied',
  'markMigrationRolledBack',
  'reset',
]);

async function ask(wasm: WasmSchemaEngine, method: Method, params: unknown): Promise<unknown> {
  const call = wasm[method] as (this: WasmSchemaEngine, params: unknown) => unknown;
  return (await orPanic(async () => call.call(wasm, params))) ?? {};
}
