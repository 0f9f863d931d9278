import type { PoolSettings } from '@vatevo/connection';
import type { Prisma } from '../generated/postgres/client.ts';

/**
 * How much a transaction sees of others that run at the same time (PostgreSQL manual, 13.2). SQLite runs one after
 * the other, which is more than any level asks for.
 */
export type IsolationLevel = Prisma.TransactionIsolationLevel;

export interface TransactionOptions {
  /**
   * Milliseconds from the first statement's turn to the COMMIT; 5000 when omitted. What takes longer is rolled back,
   * also when a statement waits for a lock. The wait for a connection is not part of it (`DB_POOL_TIMEOUT`).
   */
  readonly timeoutMs?: number | undefined;
  /** When omitted, that of the database: read committed, unless it was set to another. */
  readonly isolation?: IsolationLevel | undefined;
  /**
   * How often the work is done again when the database broke the transaction off for the sake of another one, by a
   * serialization failure (40001) or a deadlock (40P01); 2 when omitted. Nothing of the broken-off try is stored.
   */
  readonly retries?: number | undefined;
}

/** Options with nothing left open, except what is the database's to choose. */
export interface TransactionSettings {
  readonly timeoutMs: number;
  readonly isolation: IsolationLevel | undefined;
  readonly retries: number;
}

/**
 * A transaction holds locks that others wait for, and on SQLite everybody: 5 s is long for one that only works with
 * the database, and short beside the 30 s that others wait for a connection.
 */
export const DEFAULT_TIMEOUT_MS = 5000;

/** One try more is nearly always enough; of those that lose three times in a row the caller should know. */
export const DEFAULT_RETRIES = 2;

/** The most that a timer of Node takes; more would count as 1 ms. */
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const MAX_RETRIES = 100;

const LEVELS: Readonly<Record<IsolationLevel, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
};

/** A level as SQL says it. */
export function isolationSql(level: IsolationLevel): string {
  return LEVELS[level];
}

/** A level that SQL names; undefined for one that is not PostgreSQL's. */
export function isolationFromSql(sql: string): IsolationLevel | undefined {
  return (Object.keys(LEVELS) as IsolationLevel[]).find((level) => LEVELS[level] === sql);
}

/** @throws TypeError naming the option that is wrong, and what it may be */
export function transactionSettings(options: TransactionOptions = {}): TransactionSettings {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, isolation, retries = DEFAULT_RETRIES, ...unknown } = options;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) {
    throw new TypeError(
      `A transaction has no option "${stranger}"; it has timeoutMs, isolation and retries.`,
    );
  }
  needWholeNumber('timeoutMs', timeoutMs, 1, MAX_TIMEOUT_MS);
  needWholeNumber('retries', retries, 0, MAX_RETRIES);
  if (isolation !== undefined && !Object.hasOwn(LEVELS, isolation)) {
    throw new TypeError(`isolation is one of ${Object.keys(LEVELS).join(', ')}, not "${isolation}".`);
  }
  return { timeoutMs, isolation, retries };
}

function needWholeNumber(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new TypeError(`${name} is a whole number from ${min} to ${max}, not ${String(value)}.`);
}

/** The options of Prisma's own `$transaction` where its caller gives none. */
export function transactionDefaults({ timeoutSeconds }: PoolSettings) {
  return {
    timeout: DEFAULT_TIMEOUT_MS,
    // How long a transaction waits for its connection is the pool's business; it must be the one to speak.
    maxWait: timeoutSeconds * 1000 + 1000,
  };
}
