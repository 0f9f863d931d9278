import type { SqlDriverAdapter, SqlQuery, SqlResultSet, Transaction } from '@prisma/driver-adapter-utils';
import { ColumnTypeEnum, DriverAdapterError, isDriverAdapterError } from '@prisma/driver-adapter-utils';
import type { RefusedStatement } from '../engine/database.ts';

/**
 * Prisma's SQLite adapter with what keeps it from serving the schema engine put
 * right:
 *
 * 1. The engine sends whole scripts through `executeRaw` (when it fills a
 *    shadow database), which a prepared statement refuses: without arguments
 *    they go to `executeScript`.
 * 2. A missing `_prisma_migrations` ends the engine's work with P1014, where
 *    Prisma's native engine sees an empty history: so it is shown one.
 * 3. The engine asks for a partial index by `name = "…"`, a string in the quotes
 *    of an identifier, which better-sqlite3's SQLite is built to refuse
 *    (https://www.sqlite.org/quirks.html#dblquote).
 * 4. A script is sent as it is, so that one that fails or is killed stops half-way: it becomes one transaction,
 *    unless it begins or ends transactions itself or cannot run in one.
 */
export class SqliteAdapter implements SqlDriverAdapter {
  readonly provider = 'sqlite';
  readonly adapterName: string;
  /** Set when a missing `_prisma_migrations` was shown as an empty one. */
  sawNoHistory = false;
  readonly #adapter: SqlDriverAdapter;
  readonly #onRefused: (refused: RefusedStatement) => void;

  constructor(adapter: SqlDriverAdapter, onRefused: (refused: RefusedStatement) => void) {
    this.adapterName = adapter.adapterName;
    this.#adapter = adapter;
    this.#onRefused = onRefused;
  }

  async queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    try {
      return await this.#watch('query', () => this.#adapter.queryRaw(withStringLiteral(query)));
    } catch (error) {
      if (!isMissingHistory(error, query)) throw error;
      this.sawNoHistory = true;
      return EMPTY_HISTORY;
    }
  }

  async executeRaw(query: SqlQuery): Promise<number> {
    if (query.args.length > 0) return this.#watch('query', () => this.#adapter.executeRaw(query));
    await this.#watch('command', () => this.#adapter.executeScript(query.sql));
    return 0;
  }

  executeScript(script: string): Promise<void> {
    return this.#watch('migration', () =>
      MINDS_TRANSACTIONS.test(script) ? this.#adapter.executeScript(script) : this.#executeWhole(script),
    );
  }

  /** Foreign keys are not enforced meanwhile: a table that is made anew is away for a moment. */
  async #executeWhole(script: string): Promise<void> {
    const { rows } = await this.#adapter.queryRaw({ sql: 'PRAGMA foreign_keys', args: [], argTypes: [] });
    await this.#adapter.executeScript('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
    try {
      await this.#adapter.executeScript(script);
      await this.#adapter.executeScript('COMMIT');
    } catch (error) {
      // SQLite has rolled some errors back itself; then there is nothing to roll back.
      await this.#adapter.executeScript('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      await this.#adapter.executeScript(`PRAGMA foreign_keys = ${Number(rows[0]?.[0]) === 0 ? 'OFF' : 'ON'}`);
    }
  }

  startTransaction(): Promise<Transaction> {
    return this.#adapter.startTransaction();
  }

  dispose(): Promise<void> {
    return this.#adapter.dispose();
  }

  async #watch<T>(sentAs: RefusedStatement['sentAs'], work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { originalCode, originalMessage } = isDriverAdapterError(error) ? error.cause : {};
      const message = originalMessage ?? (error as Error).message;
      this.#onRefused({ code: originalCode ?? 'SQLITE_ERROR', message, sentAs });
      if (isDriverAdapterError(error)) throw error;
      throw new DriverAdapterError({ kind: 'sqlite', extendedCode: 1, message });
    }
  }
}

/** In doubt a script counts as such: the BEGIN of a trigger does when it begins a line. */
const MINDS_TRANSACTIONS =
  /\b(VACUUM|ATTACH|DETACH)\b|(^|;)\s*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b/im;

function withStringLiteral(query: SqlQuery): SqlQuery {
  const [, question, name] =
    /^(SELECT sql FROM sqlite_master WHERE .* name = )"(.*)";?$/s.exec(query.sql) ?? [];
  if (question === undefined || name === undefined) return query;
  return { ...query, sql: `${question}'${name.replaceAll("'", "''")}'` };
}

function isMissingHistory(error: unknown, query: SqlQuery): boolean {
  return (
    isDriverAdapterError(error) &&
    error.cause.kind === 'TableDoesNotExist' &&
    error.cause.table === '_prisma_migrations' &&
    /^\s*SELECT\b/i.test(query.sql)
  );
}

const HISTORY_COLUMNS = [
  'id',
  'checksum',
  'finished_at',
  'migration_name',
  'logs',
  'rolled_back_at',
  'started_at',
  'applied_steps_count',
];

const EMPTY_HISTORY: SqlResultSet = {
  columnNames: HISTORY_COLUMNS,
  columnTypes: HISTORY_COLUMNS.map(() => ColumnTypeEnum.Text),
  rows: [],
};
