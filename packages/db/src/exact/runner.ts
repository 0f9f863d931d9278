import type { TransactionOptions } from '../transaction/options.ts';

/** How one database writes and prints what the exact statements need. */
export interface ExactDialect {
  /** The schema that holds the tables. */
  readonly schema: string;
  /** The nth parameter, from 1; they stand in the order of their numbers. */
  parameter(n: number): string;
  /** Whether one statement can insert into several tables. */
  insertsTogether(): boolean | Promise<boolean>;
  /** Texts of statements that insert into several, by the columns that they name: making one takes longer than to remember it. */
  readonly insertTexts?: Map<string, string>;
  boolean(stored: unknown): boolean;
  timestamp(stored: unknown): string;
}

/** Runs one SQL statement; resolves to rows as arrays, in the order of the select list. */
export type Run = (text: string, values: readonly unknown[]) => Promise<unknown[][]>;

/**
 * Runs SQL on a database's pool, with certain rights. Rejects with the errors that `DbClient` lists, and
 * QueryFailedError.
 */
export interface ExactRunner {
  readonly run: Run;
  /** The same for a read of a row by its key, which may share a connection with others. */
  readonly look: Run;
  /** Runs the statements of `work` as one transaction; `work` again when the database broke it off for another one. */
  transaction<T>(work: (run: Run) => Promise<T>, options?: TransactionOptions): Promise<T>;
}
