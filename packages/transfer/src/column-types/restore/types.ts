/** What SQLite is given for a value. */
export type RestoredValue = bigint | number | string | Buffer;

/** How values of PostgreSQL go back into a SQLite file. */
export interface Restore {
  /** SQL that prints a column's value, always with the same settings. */
  readonly print: (column: string) => string;
  /** Undefined for a value that the file cannot hold. */
  readonly store: (printed: string) => RestoredValue | undefined;
}
