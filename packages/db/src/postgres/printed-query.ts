import { OpenedQuery, type QueryConfig } from './opened-query.ts';

/** A row as the server prints it, in the order of the select list. */
export type PrintedRow = readonly (string | null)[];

/**
 * A query whose values stay as the server prints them: pg's own parsers would round, and even without them most
 * of its work on a row would be to look for one.
 */
export class PrintedQuery extends OpenedQuery {
  readonly #rows: PrintedRow[] = [];

  /** @param config with a name, under which the server plans the statement once and not every time: half of its work */
  constructor(
    config: QueryConfig,
    opening: readonly string[],
    resolve: (rows: PrintedRow[]) => void,
    reject: (error: Error) => void,
  ) {
    super(config, opening, (error) => (error ? reject(error) : resolve(this.#rows)));
  }

  /** Called by pg with the types of the columns, which do not matter here. */
  override handleRowDescription(): void {}

  /** Called by pg with each row; the statements that open a transaction have none. */
  override handleDataRow({ fields }: { readonly fields: PrintedRow }): void {
    this.#rows.push(fields);
  }
}
