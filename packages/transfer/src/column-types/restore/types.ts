import type { ColumnDecision, NumericTimes, SqliteValue, TargetType } from '../types.ts';

/** What SQLite is given for a value. */
export type RestoredValue = bigint | number | string | Buffer;

/** How values of PostgreSQL go back into a SQLite file. */
export interface Restore {
  /** SQL that prints a column's value, always with the same settings. */
  readonly print: (column: string) => string;
  /** SQL of a value's bytes, of which each is printed as two digits; left out where what is printed is text. */
  readonly bytes?: (column: string) => string;
  /** In the form of our own. Undefined for a value that the file cannot hold. */
  readonly store: (printed: string) => RestoredValue | undefined;
  /** The forms in which a file may hold the same values; undefined where {@link store} is the only one. */
  readonly forms?: (column: RestoredColumn) => Forms | undefined;
}

/** What a column's forms depend on. */
export interface RestoredColumn {
  readonly type: TargetType;
  readonly numericTimes?: NumericTimes | undefined;
  readonly decision?: ColumnDecision | undefined;
  readonly zone?: string | undefined;
}

/** The forms in which a file holds the values of a column, by names that people give and are shown. */
export interface Forms {
  /** Whether the storage class alone tells the form, so that no value need be read. */
  readonly byClass: boolean;
  /**
   * Those that a stored value is of, the most particular first; none where it is of no form that could be written. In
   * each of them the value has one representation. Values of the same forms are told by the same list.
   */
  readonly of: (stored: Exclude<SqliteValue, null>) => readonly string[];
  /** What to offer where no value is of a form that could be written. */
  readonly usual?: readonly string[];
  /** How values are written in a form; undefined where none has this name. */
  readonly writer: (form: string) => FormWriter | undefined;
}

export interface FormWriter {
  /** What {@link Restore.print} would print, where the form takes something else. */
  readonly print?: (column: string) => string;
  /** Undefined for a value that the form cannot hold. */
  readonly store: (printed: string) => RestoredValue | undefined;
  /** SQL of SQLite around the parameter, `?` when omitted. */
  readonly bind?: string;
  /** SQL for as much of a column's value as the form holds; all of it when omitted. */
  readonly held?: (column: string) => string;
  /** Digits of a second that the form keeps, where the column's type keeps more. */
  readonly coarse?: number;
}
