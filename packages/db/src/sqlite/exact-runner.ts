import type { ArgType, SqlQueryable } from '@prisma/driver-adapter-utils';
import type { ExactDialect, ExactRunner, Run } from '../exact/runner.ts';
import { canonicalTimestamp } from '../exact/timestamp.ts';
import { type Attempt, attempting } from '../transaction/attempt.ts';
import { transactionSettings } from '../transaction/options.ts';
import type { SqliteAdapter } from './adapter.ts';
import { refused } from './refused.ts';

export const SQLITE_DIALECT: ExactDialect = {
  schema: 'main',
  parameter: () => '?',
  insertsTogether: () => false,
  boolean: (stored) => Number(stored) === 1,
  timestamp: readTimestamp,
};

/** Exact statements through the same adapter as the models, so that they take turns with them. */
export function sqliteRunner(adapter: SqliteAdapter): ExactRunner {
  const run = runOn(adapter);
  return {
    run,
    look: run,
    transaction: async (work, options) =>
      attempting(transactionSettings(options), undefined, (attempt) =>
        attempt.orBroken(runTransaction(adapter, attempt, work)),
      ),
  };
}

async function runTransaction<T>(
  adapter: SqliteAdapter,
  attempt: Attempt,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const transaction = await adapter.begin(attempt);
  try {
    const result = await work(runOn(transaction));
    await transaction.commit();
    return result;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}

function runOn(queryable: Pick<SqlQueryable, 'queryRaw'>): Run {
  return async (sql, values) => {
    try {
      const { rows } = await queryable.queryRaw({ sql, args: [...values], argTypes: values.map(argType) });
      return rows;
    } catch (error) {
      throw refused(error);
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
