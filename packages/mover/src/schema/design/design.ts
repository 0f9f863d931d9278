import type { TransferMapping } from '@vatevo/transfer';
import type { TargetType } from '@vatevo/transfer/plan';
import type { Database } from 'better-sqlite3';
import type { FileSchema } from '../file/read-file.ts';
import type { Findings } from './findings.ts';

export interface DesignInput {
  readonly db: Database;
  readonly file: FileSchema;
  readonly schema: string;
  readonly mapping: TransferMapping;
  /** What was found to stand in the way of an earlier design of the same file. */
  readonly findings: Findings;
}

/** Names what is not carried, says why, and shows its text. */
export type Leave = (what: string, why: string, text?: string) => void;

/** Tables of PostgreSQL for what a SQLite file holds, each decision with its reason. */
export interface Design {
  readonly schema: string;
  readonly tables: readonly DesignedTable[];
  readonly indexes: readonly DesignedIndex[];
  readonly foreignKeys: readonly DesignedForeignKey[];
  readonly notCarried: readonly NotCarried[];
}

export interface DesignedTable {
  /** Its name in the file. */
  readonly source: string;
  readonly name: string;
  /** What is to be known of it, each a sentence. */
  readonly notes: readonly string[];
  readonly columns: readonly DesignedColumn[];
  readonly primaryKey: DesignedKey | undefined;
  readonly uniqueKeys: readonly DesignedKey[];
  readonly checks: readonly DesignedCheck[];
}

export interface DesignedColumn {
  readonly source: string;
  readonly name: string;
  readonly type: TargetType;
  readonly reason: string;
  readonly notNull: boolean;
  /** As PostgreSQL is told. */
  readonly default: string | undefined;
  /** Where an identity begins to count; undefined for a column that is none. */
  readonly identity: Identity | undefined;
  /** The expression by which the server computes it. */
  readonly generated: string | undefined;
}

export interface Identity {
  readonly start: bigint;
  /** The name of its sequence, where the one that PostgreSQL would choose is another relation's. */
  readonly sequence: string | undefined;
}

/** A key by the names that its columns have in PostgreSQL. */
export interface DesignedKey {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface DesignedCheck {
  readonly name: string;
  readonly expression: string;
}

export interface DesignedIndex {
  readonly name: string;
  readonly table: string;
  readonly isUnique: boolean;
  /** As PostgreSQL is told. */
  readonly parts: readonly string[];
  /** The columns, where it is on columns alone, for all rows. */
  readonly columns: readonly string[] | undefined;
  readonly where: string | undefined;
  readonly reason: string | undefined;
}

export interface DesignedForeignKey extends DesignedKey {
  /** The tables by their names in PostgreSQL. */
  readonly table: string;
  readonly parent: string;
  readonly parentColumns: readonly string[];
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly isDeferred: boolean;
}

/** Something of the file that PostgreSQL's tables have not. */
export interface NotCarried {
  /** `the view v`. */
  readonly what: string;
  readonly why: string;
  /** As it is written in the file. */
  readonly text: string | undefined;
}
