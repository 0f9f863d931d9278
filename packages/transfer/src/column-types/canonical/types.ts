import type { NumericTimes, SqliteValue, TargetType } from '../types.ts';
import type { RowText } from './row-text.ts';

type Present = Exclude<SqliteValue, null>;

/** What a printed form depends on. */
export interface CanonicalColumn {
  readonly type: TargetType;
  readonly numericTimes?: NumericTimes;
  readonly zone?: string;
}

/** What the server must print for a value; undefined for one that it can never print. */
export type Print = (value: Present) => string | undefined;

/** Writes a value, or NULL, into the text that is digested of a row. */
export type WriteText = (stored: SqliteValue) => void;

/** How the proof sees a type: nothing of the copy is used here, for a fault in it must not hide itself. */
export interface Canonical {
  readonly print: (column: CanonicalColumn) => Print;
  /** Writes common values straight into a row's text, and hands all others to `otherwise`. Only for closed forms. */
  readonly writer?: (column: CanonicalColumn, text: RowText, otherwise: WriteText) => WriteText;
  /** What is digested instead of the printed form, as the server's `digested` has it; undefined for the printed form. */
  readonly digest?: Print;
  /** The printed form of one large text without decoding it; undefined where it must be. */
  readonly printLarge?: (text: Buffer) => Uint8Array | undefined;
}

/** How the server prints a column's value, by its own output functions and never by our code. */
export interface DigestSql {
  /** A SQL expression of type text. @param value the column, as SQL */
  readonly printed: (value: string, type: TargetType) => string;
  /** The same in a row's digest, without the cast where `concat_ws` prints what the cast would. */
  readonly digested: (value: string, type: TargetType) => string;
  /**
   * A value out of its printed form, for finding rows by their keys; undefined for a type by which none can be found.
   *
   * @param printed the form, as SQL
   * @param type the declared type, as SQL
   */
  readonly read: ((printed: string, type: string) => string) | undefined;
  /** The SHA-256 of the bytes that the source stores, in hex; undefined for a type that may print other ones. */
  readonly hashed?: (value: string) => string;
}
