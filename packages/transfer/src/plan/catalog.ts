import type { TargetType } from '../column-types/types.ts';

export interface SourceColumn {
  readonly name: string;
  /** As declared; empty when it was not. */
  readonly declaredType: string;
  readonly notNull: boolean;
  /** Position in the primary key from 1, 0 when it is no part of it. */
  readonly keyPosition: number;
  /** A generated column: its value follows from others. */
  readonly generated: boolean;
  readonly hasDefault: boolean;
}

export interface SourceTable {
  readonly name: string;
  /** A module of SQLite computes its rows (full text search, R-tree): they cannot be read like others. */
  readonly virtual: boolean;
  readonly columns: readonly SourceColumn[];
  readonly withoutRowid: boolean;
  /** How the rows of a table without rowids lie one behind the other; undefined where it has them, or their order is that of more than its columns. */
  readonly keyOrder?: KeyOrder | undefined;
  /** The column that is another name of the rowid (`INTEGER PRIMARY KEY`). */
  readonly rowidColumn: string | undefined;
  /** A name by which the rowid can be read: none when columns of their own hide all three. */
  readonly rowidName: string | undefined;
  /** Column sets that the file keeps unique (no partial or expression indexes), the primary key first. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** Columns of which each alone tells a row from every other, as SQLite compares the column. */
  readonly loneKeys: readonly string[];
}

/** The order of the primary key's columns. */
export type KeyOrder = readonly { readonly collation: string; readonly isDescending: boolean }[];

export interface TargetColumn {
  readonly name: string;
  readonly type: TargetType;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  /** GENERATED ALWAYS AS (…) STORED: the server computes it. */
  readonly generated: boolean;
  /** The sequence that feeds it, qualified and quoted, when it is serial or an identity. */
  readonly sequence: string | undefined;
}

export interface TargetForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly referencedTable: { readonly schema: string; readonly name: string };
  readonly referencedColumns: readonly string[];
  /** Whether some NULLs among other values break it (MATCH FULL). */
  readonly isFull: boolean;
}

export interface TargetTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly TargetColumn[];
  readonly primaryKey: readonly string[];
  /** Column sets of every unique index without predicate or expression, the primary key among them. */
  readonly uniqueKeys: readonly { readonly name: string; readonly columns: readonly string[] }[];
  readonly foreignKeys: readonly TargetForeignKey[];
}

/** A CHECK of a target table, or another rule that the server evaluates for each row. */
export interface CheckConstraint {
  readonly table: string;
  /** Words that finish the sentence "this row …". */
  readonly reason: string;
  /** What must not be false, in the table's own column names. */
  readonly expression: string;
  readonly columns: readonly string[];
  /** Of a foreign key: the table that it looks into. It means something where that table's rows are there already. */
  readonly of?: { readonly schema: string; readonly name: string };
}

/** A column that the server computes. */
export interface GeneratedColumn {
  readonly table: string;
  readonly name: string;
  /** In the table's own column names. */
  readonly expression: string;
  readonly columns: readonly string[];
}

/** An index, as far as it may be too small for a row. */
export interface IndexShape {
  readonly table: string;
  readonly name: string;
  readonly method: string;
  /** What is indexed, as expressions in the table's own column names; what is only included comes last. */
  readonly values: readonly string[];
  /** One for each of the values that are not only included. */
  readonly operatorClasses: readonly string[];
  readonly predicate: string | null;
  /** Whether it is on columns alone. */
  readonly isPlain: boolean;
  readonly columns: readonly string[];
}

/** A rule over several rows that only the server can evaluate: for what it compares, or among which rows. */
export interface ServerKey {
  readonly table: string;
  readonly name: string;
  /** What is compared, as expressions in the table's own column names, each with its collation. */
  readonly values: readonly string[];
  /** The rows that the rule is for; null for all. */
  readonly predicate: string | null;
  /** Whether two NULLs are the same. */
  readonly nullsEqual: boolean;
  /** Whether it is on columns, for all rows. */
  readonly isPlain: boolean;
  /** How an exclusion constraint compares; null for a unique index, which takes equality. */
  readonly exclusion: {
    readonly method: string;
    /** One for each of the values. */
    readonly operators: readonly string[];
    readonly operatorClasses: readonly string[];
  } | null;
  readonly columns: readonly string[];
}
