import { type ArgType, isDriverAdapterError, type SqlQueryable } from '@prisma/driver-adapter-utils';
import { QueryFailedError } from '../errors.ts';
import type { ExactDialect, ExactRunner, Run } from '../exact/runner.ts';
import { canonicalTimestamp } from '../exact/timestamp.ts';
import type { SqliteAdapter } from './adapter.ts';

export const SQLITE_DIALECT: ExactDialect = {
  schema: 'main',
  parameter: () => '?',
  insertsTogether: false,
  boolean: (stored) => Number(stored) === 1,
  timestamp: readTimestamp,
};

/** Exact statements through the same adapter as the models, so that they take turns with them. */
export function sqliteRunner(adapter: SqliteAdapter): ExactRunner {
  return {
    run: runOn(adapter),
    async transaction(work) {
      const transaction = await adapter.startTransaction();
      const end = (sql: string) => transaction.executeRaw({ sql, args: [], argTypes: [] });
      try {
        const result = await work(runOn(transaction));
        await end('COMMIT');
        await transaction.commit();
        return result;
      } catch (error) {
        // SQLite may have rolled back by itself.
        await end('ROLLBACK').catch(() => undefined);
        await transaction.rollback();
        throw error;
      }
    },
  };
}

function runOn(queryable: SqlQueryable): Run {
  return async (sql, values) => {
    try {
      const { rows } = await queryable.queryRaw({ sql, args: [...values], argTypes: values.map(argType) });
      return rows;
    } catch (error) {
      if (!isDriverAdapterError(error)) throw error;
      const { originalCode = 'unknown', originalMessage = error.message } = error.cause;
      throw new QueryFailedError(originalCode, originalMessage, { cause: error });
    }
  };
}

function argType(value: unknown): ArgType {
  return { scalarType: typeof value === 'number' ? 'int' : 'string', arity: 'scalar' };
}

/** Text of another form than ours is given back as it is: a row nobody can read would take every list with it. */
function readTimestamp(stored: unknown): string {
  const text = String(stored);
  try {
    return canonicalTimestamp(text);
  } catch {
    return text;
  }
}
