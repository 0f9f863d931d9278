import { PrismaPg } from '@prisma/adapter-pg';
import type {
  ConnectionInfo,
  IsolationLevel,
  SqlDriverAdapter,
  SqlQuery,
  SqlResultSet,
  Transaction,
} from '@prisma/driver-adapter-utils';
import { ColumnTypeEnum, DriverAdapterError, isDriverAdapterError } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import type { RefusedStatement } from '../engine/database.ts';
import type { EnginePool } from './pool.ts';

/** What an adapter reports when a statement fails. */
export interface Observer {
  onRefused(refused: RefusedStatement): void;
  /** The connection was lost, or could not be made. */
  onDisconnected(cause: unknown): void;
}

/**
 * Prisma's PostgreSQL adapter with what keeps it from serving the schema engine
 * put right:
 *
 * 1. A script is sent to the server whole. The adapter's own `executeScript`
 *    cuts it at every semicolon, also at those inside strings and function
 *    bodies, and so takes away that PostgreSQL runs the statements of one
 *    message as one transaction.
 * 2. Catalog columns of type `"char"` arrive as characters. The adapter refuses
 *    the type, and the engine crashes when it gets text for it.
 */
export class PostgresAdapter implements SqlDriverAdapter {
  readonly provider = 'postgres';
  readonly adapterName: string;
  readonly #adapter: SqlDriverAdapter;
  readonly #pool: EnginePool;
  readonly #observer: Observer;
  readonly #release: () => Promise<void>;

  /**
   * @param release gives back whatever the connection holds, at the end
   * @param schema that the tables are in; `public` when omitted
   */
  static async on(
    pool: EnginePool,
    observer: Observer,
    release: () => Promise<void>,
    schema?: string,
  ): Promise<PostgresAdapter> {
    const adapter = await new PrismaPg(pool, schema === undefined ? {} : { schema }).connect();
    return new PostgresAdapter(adapter, pool, observer, release);
  }

  private constructor(
    adapter: SqlDriverAdapter,
    pool: EnginePool,
    observer: Observer,
    release: () => Promise<void>,
  ) {
    this.adapterName = adapter.adapterName;
    this.#adapter = adapter;
    this.#pool = pool;
    this.#observer = observer;
    this.#release = release;
  }

  async queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    const result = await this.#watch('query', () => this.#adapter.queryRaw(query));
    for (const column of this.#pool.charColumns) result.columnTypes[column] = ColumnTypeEnum.Character;
    return result;
  }

  executeRaw(query: SqlQuery): Promise<number> {
    return this.#watch(query.args.length === 0 ? 'command' : 'query', () => this.#adapter.executeRaw(query));
  }

  async executeScript(sql: string): Promise<void> {
    await this.#watch('migration', () => this.#adapter.executeRaw({ sql, args: [], argTypes: [] }));
  }

  startTransaction(isolationLevel?: IsolationLevel): Promise<Transaction> {
    return this.#adapter.startTransaction(isolationLevel);
  }

  getConnectionInfo(): ConnectionInfo {
    return this.#adapter.getConnectionInfo?.() ?? { supportsRelationJoins: true };
  }

  dispose(): Promise<void> {
    return this.#release();
  }

  async #watch<T>(sentAs: RefusedStatement['sentAs'], work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const raw = this.#pool.lastError;
      if (isRefusal(raw)) this.#observer.onRefused({ code: raw.code, message: raw.message, sentAs });
      else this.#observer.onDisconnected(raw);
      if (isDriverAdapterError(error)) throw error;
      throw new DriverAdapterError({ kind: 'ConnectionClosed' });
    }
  }
}

/** The server said no and is still there; class 57P is its shutdown. */
function isRefusal(error: unknown): error is pg.DatabaseError & { code: string } {
  return error instanceof pg.DatabaseError && error.code !== undefined && !error.code.startsWith('57P');
}
