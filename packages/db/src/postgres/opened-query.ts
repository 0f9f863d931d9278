import pg from 'pg';
import { statementName } from './statement-name.ts';

/** The parts of pg's query and connection (lib/query.js, lib/connection.js) that this builds on. */
interface QueryParts extends pg.Submittable {
  name: string | undefined;
  queryMode: string | undefined;
  _result: ResultParts;
  /** What the callback is given. */
  _results: ResultParts;
  _accumulateRows: boolean;
  prepare(connection: ConnectionParts): void;
  handleCommandComplete(message: unknown, connection: ConnectionParts): void;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleError(error: Error, connection: ConnectionParts): void;
}

export interface ConnectionParts {
  /** By name; what pg has noted of them. */
  readonly parsedStatements: Record<string, string>;
  readonly submittedNamedStatements: Record<string, string>;
  parse(statement: { readonly text: string; readonly name: string }): void;
  bind(portal: {
    readonly portal: string;
    readonly statement: string;
    readonly values: readonly string[];
  }): void;
  describe(what: unknown): void;
  execute(portal: { readonly portal: string }): void;
}

/** The parts of pg's result (lib/result.js). */
export interface ResultParts {
  /** What the columns are, and what converts the values of each. */
  fields: unknown;
  _parsers: unknown;
}

const Result = pg.Result as unknown as new (rowMode: unknown, types: unknown) => ResultParts;

const Base = pg.Query as unknown as new (...args: unknown[]) => QueryParts;

export interface QueryConfig {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  readonly name?: string | undefined;
  readonly [option: string]: unknown;
}

/** pg's: called once, with the error or the result. */
export type QueryCallback = (error: Error | null, result: unknown) => void;

/** A statement that is sent in front of a query. */
export interface OpeningStatement {
  readonly text: string;
  readonly values?: readonly string[];
  /** Its text is of one tenant or one call alone, so no plan of it is kept. */
  readonly isOnce?: boolean;
}

/** Whether a statement of this name was sent before; it need not have been answered. */
function isSent({ parsedStatements, submittedNamedStatements }: ConnectionParts, name: string): boolean {
  return (
    name !== '' && (parsedStatements[name] !== undefined || submittedNamedStatements[name] !== undefined)
  );
}

/**
 * A query with statements in front of it that open its transaction. They are sent up to the same Sync: when one of
 * them fails, the server passes over all that follows (PostgreSQL manual, 54.2.4). So nothing is ever run in a
 * transaction that did not begin, or with rights that were not given up, and nobody has to wait to find out.
 */
export class OpenedQuery extends Base {
  readonly #opening: readonly OpeningStatement[];
  /** Opening statements whose end the server has not told yet. */
  #openingLeft: number;
  readonly #isKept: boolean;
  /** pg notes the names of statements that were parsed, and must not take the opening ones for this. */
  #name: string | undefined;

  constructor(config: QueryConfig, opening: readonly OpeningStatement[], callback: QueryCallback) {
    const { text, values = [], name, rowMode, types } = config;
    // A configuration pg copies property by property, which takes longer than the rest of the query; a text it takes as it is.
    super(text, values, callback);
    this.name = name;
    this.queryMode = 'extended';
    this._result = new Result(rowMode, types);
    this._results = this._result;
    this.#opening = opening;
    this.#openingLeft = opening.length;
    this.#isKept = name !== undefined;
  }

  /** Whether what the server says is about this query, and no longer about those that open its transaction. */
  get opened(): boolean {
    return this.#openingLeft === 0;
  }

  /** Called by pg to send the query. */
  override prepare(connection: ConnectionParts): void {
    for (const statement of this.#opening) {
      const { text, values = [] } = statement;
      const name = this.#nameOf(statement);
      if (!isSent(connection, name)) connection.parse({ text, name });
      if (name !== '' && connection.parsedStatements[name] === undefined)
        connection.submittedNamedStatements[name] = text;
      connection.bind({ portal: '', statement: name, values });
      connection.execute({ portal: '' });
    }
    super.prepare(connection);
    if (this.opened) return;
    this.#name = this.name;
    this.name = undefined;
  }

  override handleCommandComplete(message: unknown, connection: ConnectionParts): void {
    if (this.opened) {
      super.handleCommandComplete(message, connection);
      return;
    }
    const statement = this.#opening[this.#opening.length - this.#openingLeft] as OpeningStatement;
    const name = this.#nameOf(statement);
    if (name !== '') {
      connection.parsedStatements[name] = statement.text;
      delete connection.submittedNamedStatements[name];
    }
    if (--this.#openingLeft === 0) this.name = this.#name;
  }

  /** Where the server keeps the query's plan, it keeps those of the opening statements, too. */
  #nameOf({ text, isOnce }: OpeningStatement): string {
    return (this.#isKept && !isOnce && statementName(text)) || '';
  }

  /** What the opening statements return is nobody's answer. */
  override handleDataRow(message: unknown): void {
    if (this.opened) super.handleDataRow(message);
  }

  override handleError(error: Error, connection: ConnectionParts): void {
    // They were passed over, so the server does not know them.
    if (!this.opened) {
      if (this.#name !== undefined) delete connection.submittedNamedStatements[this.#name];
      for (const statement of this.#opening)
        delete connection.submittedNamedStatements[this.#nameOf(statement)];
    }
    super.handleError(error, connection);
  }
}
