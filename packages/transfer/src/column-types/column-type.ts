import type { Canonical, DigestSql } from './canonical/types.ts';
import type { PageEncoder, PageOptions } from './encode/page-encoder.ts';
import type { Encode, EncodeOptions } from './encode/types.ts';
import type { Restore } from './restore/types.ts';
import type { Choice, Clock, Family, Modifier, TargetType } from './types.ts';

/**
 * All that the engine knows of a type of PostgreSQL.
 *
 * What is optional makes a type faster and nothing else. A type for which there is no answer says so by `undefined`
 * or `false`: nothing has a default, so that a type which is added by half does not compile.
 */
export interface ColumnType {
  /** What a type modifier says of the type. Only called for columns that have one. */
  readonly modifier: (typmod: number) => Modifier;
  /** The copy: writes a value in binary COPY format, or refuses it. */
  readonly encode: (type: TargetType, options: EncodeOptions) => Encode;
  /** The same for common values straight from the file's pages; undefined for what the type limits further. */
  readonly encodePage?: (type: TargetType, options: PageOptions) => PageEncoder | undefined;
  /** The proof: what the server must print for a value of the source. */
  readonly canonical: Canonical;
  /** The proof's other side: SQL by which the server prints what it holds. */
  readonly digestSql: DigestSql;
  /** Failback to SQLite; undefined for a type whose values cannot go back. */
  readonly restore: Restore | undefined;
  readonly traits: Traits;
}

/** What other parts of the engine ask of a type. */
export interface Traits {
  /** Of a type of integers, of whose values a range of rowids is a range: the highest. */
  readonly highestInteger: bigint | undefined;
  /** Whether a value that fits the target may be of any size. */
  readonly isUnbounded: boolean;
  /** Whether text is carried as it is, so that bytes which are no UTF-8 could slip through. */
  readonly keepsText: boolean;
  /** What may be decided on a column of the type. */
  readonly decisions: readonly Choice[];
  /** Whether a text without a zone is an instant in the zone that the operator names. */
  readonly namesInstants: boolean;
  /** Whether printed values can be empty or hold U+001F, so that their lengths must be digested too. */
  readonly isOpen: (type: TargetType) => boolean;
  /** What people are shown of a printed value: itself, or what this makes of it. */
  readonly shown: 'as-printed' | ((printed: string) => string);
  /**
   * How it shows in the source that PostgreSQL holds two values to be equal: as they are stored, or by what this
   * makes of their printed form.
   */
  readonly equality: 'as-stored' | ((printed: string) => string);
  /** What its values are in an expression of SQLite's: a CHECK, a generated column, a literal DEFAULT. */
  readonly family: Family;
  /** What a DEFAULT becomes that asks SQLite's clock; nothing for a type that holds no time. */
  readonly clock: Clock;
}
