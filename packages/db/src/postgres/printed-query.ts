import pg from 'pg';

/** A row as the server prints it, in the order of the select list. */
export type PrintedRow = readonly (string | null)[];

interface Statement {
  /** Under its name the server plans a statement once and not every time, which would be half of its work. */
  readonly name: string | undefined;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * A query whose values stay as the server prints them: pg's own parsers would round, and even without them most
 * of its work on a row would be to look for one.
 */
export class PrintedQuery extends (pg.Query as unknown as new (...args: unknown[]) => pg.Submittable) {
  readonly #rows: PrintedRow[] = [];

  constructor(
    { name, text, values }: Statement,
    resolve: (rows: PrintedRow[]) => void,
    reject: (error: Error) => void,
  ) {
    super({ name, text }, [...values], (error: Error | null) =>
      error ? reject(error) : resolve(this.#rows),
    );
  }

  /** Called by pg with the types of the columns, which do not matter here. */
  handleRowDescription(): void {}

  /** Called by pg with each row. */
  handleDataRow({ fields }: { readonly fields: PrintedRow }): void {
    this.#rows.push(fields);
  }
}
