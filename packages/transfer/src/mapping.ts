import type { ColumnDecision, NumericTimes } from './column-types/types.ts';
import type { Derivation } from './derivation/types.ts';

/**
 * What the engine must be told about a source whose tables do not match the target's by name: plain data,
 * kept by whoever knows the formats. Tables and columns that are not named here are matched by name.
 */
export interface TransferMapping {
  /** By target table. */
  readonly tables?: Readonly<Record<string, TableMapping>>;
  /** Source tables that are left behind on purpose. */
  readonly leaveBehind?: readonly string[];
  /** Tables of the target, or columns of them (`table.column`), that the transfer neither fills nor looks at. */
  readonly ignoreTarget?: readonly string[];
  readonly decisions?: SourceDecisions;
}

/**
 * What the operator decided for one file, in the source's names: `table` or `table.column`. A name that
 * decides nothing is a fault, so that a typing error cannot pass for a decision.
 */
export interface SourceDecisions {
  /** Tables and columns that hold data, have no place in the target, and may stay behind; `*` stands for any part of a name. */
  readonly leaveBehind?: readonly string[];
  /** How numbers in a date-time column are to be read. */
  readonly numericTimes?: Readonly<Record<string, NumericTimes>>;
  /** What becomes of values that a column does not take as they are; `*` stands for any table, or any part of a name. */
  readonly columns?: Readonly<Record<string, ColumnDecision>>;
  /** The zone of date-times that name none: `±HH:MM` or an IANA name; UTC when omitted. */
  readonly zone?: string;
}

/** One of them, by the name that it is for. */
export interface Decision {
  readonly decision: 'leave-behind' | 'times' | 'column' | 'zone';
  readonly name: string;
}

export function decidesAnything({
  leaveBehind = [],
  numericTimes = {},
  columns = {},
  zone,
}: SourceDecisions): boolean {
  const names = [...leaveBehind, ...Object.keys(numericTimes), ...Object.keys(columns)];
  return zone !== undefined || names.length > 0;
}

/** Those of a file and those of a command together; the command's word is the last. */
export function joinDecisions(file: SourceDecisions, command: SourceDecisions): SourceDecisions {
  const zone = command.zone ?? file.zone;
  return {
    leaveBehind: [...(file.leaveBehind ?? []), ...(command.leaveBehind ?? [])],
    numericTimes: { ...file.numericTimes, ...command.numericTimes },
    columns: { ...file.columns, ...command.columns },
    ...(zone !== undefined && { zone }),
  };
}

export function sameDecisions(one: SourceDecisions, other: SourceDecisions): boolean {
  return JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));
}

function inOrder({ leaveBehind = [], numericTimes = {}, columns = {}, zone }: SourceDecisions) {
  return [
    [...new Set(leaveBehind)].toSorted(),
    Object.entries(numericTimes).toSorted(),
    Object.entries(columns)
      .map(([name, decision]) => [name, Object.entries(decision).toSorted()])
      .toSorted(),
    zone ?? null,
  ];
}

export interface TableMapping {
  /** The source table; the target's own name when omitted. */
  readonly source?: string;
  /** By target column. */
  readonly columns?: Readonly<Record<string, ColumnMapping>>;
  /** Source columns that are left behind on purpose. */
  readonly leaveBehind?: readonly string[];
  /**
   * What becomes of rows that the target's table holds before the move: they stay, and the source's stay behind (`skip`);
   * or they go, and those of the source come (`replace`).
   */
  readonly seeded?: 'skip' | 'replace';
}

export interface ColumnMapping {
  /** The source column; the target's own name when omitted. */
  readonly from?: string;
  /** Takes the value from the row that a foreign key column points to. */
  readonly through?: ThroughMapping;
  /** Computes the value from the source's text. */
  readonly derive?: Derivation;
  /** What a NULL becomes, with a line in the loss ledger; without it a NULL in a NOT NULL column is refused. */
  readonly whenNull?: NullReplacement;
  /** How numbers in a date-time column are to be read; without it they are refused. */
  readonly numericTimes?: NumericTimes;
  /** Values of this column are never shown: not in refusals, differences, ledgers or reports. */
  readonly secret?: boolean;
}

/** `value` of the row in `table` whose `key` equals this row's `column` (all of the source). */
export interface ThroughMapping {
  readonly column: string;
  readonly table: string;
  readonly key: string;
  readonly value: string;
}

/** A constant in the source's own storage form (`1`, `'DRAFT'`), or the time at which the run began. */
export type NullReplacement =
  | { readonly kind: 'constant'; readonly value: string | number }
  | { readonly kind: 'run-start' };
