/** How one database writes and prints what the exact statements need. */
export interface ExactDialect {
  /** The schema that holds the tables. */
  readonly schema: string;
  /** The nth parameter, from 1. */
  parameter(n: number): string;
  boolean(stored: unknown): boolean;
  timestamp(stored: unknown): string;
}

/** Runs one SQL statement on a database's pool. */
export interface ExactRunner {
  readonly dialect: ExactDialect;
  /**
   * @param name identifies the text: the same name always comes with the same
   * text, so that the server may keep the plan under it.
   * @returns rows as arrays, in the order of the select list
   */
  run(
    statement: { readonly name: string; readonly text: string },
    values: readonly unknown[],
  ): Promise<unknown[][]>;
}
