import type { Statement } from './parse.ts';
import type { Schema } from './schema/schema.ts';

/** What a rule may look at besides the statement itself. */
interface Context {
  /** All statements of the migration, in order. */
  readonly statements: readonly Statement[];
  /** The schema as it is just before the statement. */
  readonly schema: Schema;
}

/** Something in a statement that a live database does not bear. */
export interface Finding {
  /** What the statement does: the predicate of "the statement …". */
  readonly what: string;
  /** What comes of it on a live database: which lock, for how long, what breaks. */
  readonly effect: string;
  /** The safe way: a sentence first, then lines of SQL. */
  readonly safe: readonly [string, ...string[]];
}

export interface Rule {
  /** By which an allowance calls it: small letters and dashes. */
  readonly name: string;
  /**
   * The reason of an allowance has to name the release that stopped using what
   * goes: whether it is still read cannot be told from the migration.
   */
  readonly needsRelease?: boolean;
  check(statement: Statement, context: Context): Finding[];
}
