import type fc from 'fast-check';
import type { SqliteValue, TargetType } from './types.ts';

type Present = Exclude<SqliteValue, null>;

/** What the suites try a type with: every folder exports `examples`, a list of these. Part of no build. */
export interface Example {
  /** `sql` as it is written in a table's definition. */
  readonly type: TargetType;
  /** Values that the type holds exactly, as SQLite stores them. */
  readonly values: fc.Arbitrary<Present>;
  /** SQL that makes the type in a new database. */
  readonly setup?: string;
  /** SQL for how the server reads such a text, where that is more than a cast. */
  readonly read?: (literal: string) => string;
}

/** A type under the name that it has in pg_type. */
export function example(
  name: string,
  values: fc.Arbitrary<Present>,
  more: Partial<TargetType> & Pick<Example, 'setup' | 'read'> = {},
): Example {
  const { setup, read, ...type } = more;
  return {
    type: { name, sql: name, ...type },
    values,
    ...(setup !== undefined && { setup }),
    ...(read !== undefined && { read }),
  };
}
