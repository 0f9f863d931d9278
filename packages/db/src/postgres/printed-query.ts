import {
  type ConnectionParts,
  OpenedQuery,
  type OpeningStatement,
  type QueryConfig,
} from './opened-query.ts';
import { withoutDescription } from './without-description.ts';

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
    opening: readonly OpeningStatement[],
    resolve: (rows: PrintedRow[]) => void,
    reject: (error: Error) => void,
  ) {
    super(config, opening, (error) => (error ? reject(error) : resolve(this.#rows)));
  }

  override prepare(connection: ConnectionParts): void {
    super.prepare(withoutDescription(connection));
  }

  /** Called by pg with each row. */
  override handleDataRow({ fields }: { readonly fields: PrintedRow }): void {
    if (this.opened) this.#rows.push(fields);
  }
}
