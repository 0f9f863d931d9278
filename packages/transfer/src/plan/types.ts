import { columnType } from '../column-types/registry.ts';
import type { ColumnDecision, FailbackDecision, NumericTimes, TargetType } from '../column-types/types.ts';
import type { Derivation } from '../derivation/types.ts';
import type { SourceDecisions, ThroughMapping, TransferMapping } from '../mapping.ts';
import type { Bookkeeping } from './bookkeeping.ts';
import type { KeyOrder } from './catalog.ts';

/** How values get from one database into the other: plain data, handed to worker threads and kept in the ledger. */
export interface TransferPlan {
  /** The target's schema. */
  readonly schema: string;
  readonly tables: readonly TablePlan[];
  /** Tables of the target that keep the rows they have. */
  readonly skipped?: readonly { readonly schema: string; readonly name: string }[];
  /** Tables among those whose rows of before the move go, for those of the source. */
  readonly replaced?: readonly { readonly schema: string; readonly name: string }[];
  /** What stays in the source on purpose, for the report. */
  readonly leftBehind: readonly string[];
  /** Tables that tools keep about the source, which stay there; undefined in a plan of an earlier release. */
  readonly bookkeeping?: readonly Bookkeeping[];
  /** What the operator decided for this source: a later proof goes by it, too. */
  readonly decisions?: SourceDecisions;
  /** What else the operator said of the names on both sides. */
  readonly mapping?: Omit<TransferMapping, 'decisions'>;
}

export interface TablePlan {
  readonly source: string;
  readonly target: { readonly schema: string; readonly name: string };
  /** The source columns by which people find a row: the primary key, else the rowid, else every column. */
  readonly key: readonly string[];
  /** The name under which rows are cut into ranges; undefined where a table is read in one piece. */
  readonly rowid: string | undefined;
  /** By which a table without rowids can be read in several pieces, one behind the other. */
  readonly keyOrder?: KeyOrder;
  readonly columns: readonly ColumnPlan[];
  /** Rows in this list of the reader's connection are passed over (see source/sqlite/readers/excluded.ts). */
  readonly excluded?: string;
  /** Which of the columns tell one row from every other in both databases; empty when none do. */
  readonly identity: readonly number[];
}

export interface ColumnPlan {
  readonly target: string;
  readonly type: TargetType;
  readonly notNull: boolean;
  /** The server computes it: compared, but not copied. */
  readonly generated: boolean;
  readonly from: { readonly column: string } | { readonly through: ThroughMapping };
  readonly derive?: Derivation;
  /** In the source's storage form. */
  readonly whenNull?: string | bigint;
  readonly numericTimes?: NumericTimes;
  /** What else was decided on its values. */
  readonly decision?: ColumnDecision;
  /** The zone of date-times that name none; UTC when omitted. */
  readonly zone?: string;
  /** What was decided on its failback. */
  readonly goesBack?: FailbackDecision;
  /** The form in which the source held it when a live move began. */
  readonly form?: StoredForm;
  /** Only as much of it is compared as that form holds: at failback. */
  readonly comparedInForm?: boolean;
  readonly secret: boolean;
  /** Where it holds values of more bytes: these are not read through SQLite, and every value of it is told by its SHA-256. */
  readonly maxRead?: number;
  /** The sequence that must be ahead of the column's values. */
  readonly sequence?: string;
}

/** What values of a column go back as. */
export interface StoredForm {
  /** One of the type's (see Forms); its own when omitted. */
  readonly name?: string;
  /** What stands for NULL; NULL when omitted. */
  readonly ofNull?: string;
}

/** A table whose rowid is its key, and an integer in the target, too: then a range of rowids is one of keys, on both sides. */
export function isCutByKey({ key, rowid, identity, columns }: TablePlan): boolean {
  if (key.length !== 1 || key[0] !== rowid) return false;
  const column = columns[identity[0] ?? -1];
  return column !== undefined && columnType(column.type).traits.highestInteger !== undefined;
}

/** The columns that are sent; the others the server computes. */
export function copiedColumns({ columns }: TablePlan): ColumnPlan[] {
  return columns.filter((column) => !column.generated);
}

/** The columns of the table's own source that values come from. */
export function sourceColumns(columns: readonly ColumnPlan[]): ReadonlySet<string> {
  return new Set(columns.flatMap(({ from }) => ('column' in from ? [from.column] : [])));
}

/** A column's source as people know it: for messages. */
export function sourceName(column: ColumnPlan): string {
  return 'column' in column.from ? column.from.column : column.from.through.column;
}
