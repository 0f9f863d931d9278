import {
  type ConnectionParts,
  OpenedQuery,
  type QueryCallback,
  type QueryConfig,
  type ResultParts,
} from './opened-query.ts';
import { withoutDescription } from './without-description.ts';

type NamedConfig = QueryConfig & { readonly name: string };

/** Columns by the name of the statement. */
type Columns = Map<string, Readonly<ResultParts>>;

/**
 * The columns of the statements that a connection keeps: they never change, the server refuses the statement instead. pg
 * begins a new list of statements when the server has forgotten them.
 */
const described = new WeakMap<ConnectionParts['parsedStatements'], Columns>();

/** A statement of a model of which the server keeps the plan. It describes the columns once, and not every time. */
export class ModelQuery extends OpenedQuery {
  readonly #name: string;
  #columns: Columns = new Map();

  constructor(config: NamedConfig, callback: QueryCallback) {
    super(config, [], callback);
    this.#name = config.name;
  }

  override prepare(connection: ConnectionParts): void {
    const { parsedStatements } = connection;
    const columns = described.get(parsedStatements);
    if (columns === undefined) described.set(parsedStatements, this.#columns);
    else this.#columns = columns;
    const known = this.#columns.get(this.#name);
    if (known === undefined) {
      super.prepare(connection);
      return;
    }
    this._result.fields = known.fields;
    this._result._parsers = known._parsers;
    this._accumulateRows = true;
    super.prepare(withoutDescription(connection));
  }

  /** Called by pg with what the server says. */
  override handleRowDescription(description: unknown): void {
    super.handleRowDescription(description);
    const { fields, _parsers } = this._result;
    this.#columns.set(this.#name, { fields, _parsers });
  }
}
