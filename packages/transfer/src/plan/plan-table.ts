import { foldName } from '@vatevo/sqlite-sql';
import { columnType, findColumnType } from '../column-types/registry.ts';
import type { ColumnMapping, Decision, NullReplacement, TableMapping, TransferMapping } from '../mapping.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import type { SourceColumn, SourceTable, TargetColumn, TargetTable } from './catalog.ts';
import { type Decisions, divided } from './decisions.ts';
import { pairByName } from './pair-by-name.ts';
import { primaryKeyOf } from './primary-key.ts';
import { findThrough } from './through.ts';
import { type ColumnPlan, sourceColumns, type TablePlan } from './types.ts';

/** Something in the way of a plan. `target` faults are fixed there (migrations), `source` faults by the mapping. */
export interface PlanFault {
  readonly side: 'source' | 'target';
  readonly message: string;
  /** The name by which an operator may leave it behind. */
  readonly waivable?: string;
  /** A decision on what there is not. */
  readonly needless?: Decision;
}

export interface PlanInput {
  readonly schema: string;
  readonly source: readonly SourceTable[];
  readonly target: readonly TargetTable[];
  readonly mapping: TransferMapping;
  /** The instant that `run-start` stands for, as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC. */
  readonly runStart: string;
  /** Whether a source table, or one of its columns, holds anything at all. */
  readonly holdsData: (table: string, column?: string) => boolean;
  /** Whether a source table that is empty stays so: then it fits whatever the target's is made of. */
  readonly emptyFits?: boolean;
}

interface TableContext {
  readonly input: PlanInput;
  readonly decisions: Decisions;
  readonly source: SourceTable;
  readonly target: TargetTable;
  readonly mapping: TableMapping;
  readonly faults: PlanFault[];
  readonly leftBehind: string[];
}

export function planTable(context: TableContext): TablePlan {
  const { source, target } = context;
  const { mapping } = context;
  const isEmpty = context.input.emptyFits && !context.input.holdsData(source.name);
  const found = pairByName(
    target.columns.map((column) => mapping.columns?.[column.name]?.from ?? column.name),
    source.columns.filter(({ name }) => !staysBehind(context, name)),
  );
  const faults = context.faults.length;
  const columns = target.columns.flatMap((column, i) => planColumn(context, column, found[i]) ?? []);
  // What holds nothing fits, whatever the target's columns are.
  if (isEmpty) context.faults.length = faults;
  checkLeftovers(context, columns);
  const primary = primaryKeyOf(source.columns);
  const allColumns = source.columns.map((column) => column.name);
  return {
    source: source.name,
    target: { schema: target.schema, name: target.name },
    key: primary.length > 0 ? primary : source.rowidName ? [source.rowidName] : allColumns,
    rowid: source.rowidName,
    ...(source.keyOrder && { keyOrder: source.keyOrder }),
    columns,
    identity: findIdentity(columns, primary, target.primaryKey),
  };
}

/** The source's key where the target holds all of it, else the target's own. */
function findIdentity(
  columns: readonly ColumnPlan[],
  source: readonly string[],
  target: readonly string[],
): number[] {
  const bySource = source.map((name) =>
    columns.findIndex((column) => 'column' in column.from && column.from.column === name && !column.derive),
  );
  if (bySource.length > 0 && !bySource.includes(-1)) return bySource;
  const byTarget = target.map((name) => columns.findIndex((column) => column.target === name));
  return byTarget.includes(-1) ? [] : byTarget;
}

function planColumn(
  context: TableContext,
  column: TargetColumn,
  found: SourceColumn | undefined,
): ColumnPlan | undefined {
  const { source, target, mapping, faults, input, decisions } = context;
  const rule: ColumnMapping = mapping.columns?.[column.name] ?? {};
  const place = `${target.name}.${column.name}`;
  const through = rule.through && findThrough(rule.through, source, input.source);
  if (typeof through === 'string') {
    faults.push({ side: 'source', message: `nothing fills ${place} through another row: ${through}` });
    return undefined;
  }
  const from = through ? { through } : found && { column: found.name };
  if (from === undefined) {
    if (rule.from !== undefined) {
      faults.push({ side: 'source', message: `${source.name} has no column ${rule.from} to fill ${place}` });
    } else if (column.notNull && !column.hasDefault && !column.generated) {
      faults.push({
        side: 'source',
        message: `nothing in ${source.name} fills ${place}, which has no default`,
      });
    }
    return undefined;
  }
  // It is planned all the same, so that it is not told twice.
  if (findColumnType(column.type.name) === undefined && needsType(context, column, found)) {
    faults.push(untyped(context, column, found));
  }
  const { traits } = columnType(column.type);
  const named = traits.namesInstants ? decisions.zone() : undefined;
  // What is read as UTC anyway is read from the file's pages.
  const zone = named === 'UTC' ? undefined : named;
  // What the target can hold is carried, unless the same value cannot be NULL beside it.
  if (rule.whenNull && !column.notNull && !isNeededBeside(context, column, found)) {
    faults.push({
      side: 'source',
      message: `the mapping replaces NULL in ${place}, which may be NULL: leave that out`,
    });
  }
  // The run's own clock is UTC, whatever zone the source's texts are in.
  const whenNull =
    rule.whenNull && nullReplacement(rule.whenNull, input.runStart + (zone === undefined ? '' : 'Z'));
  const decided =
    'column' in from ? decisions.onColumn(`${source.name}.${from.column}`, traits.decisions) : {};
  const numbers = decided.numbers ?? rule.numericTimes;
  return {
    target: column.name,
    type: column.type,
    notNull: column.notNull,
    generated: column.generated,
    from,
    ...(rule.derive && { derive: rule.derive }),
    ...(whenNull !== undefined && { whenNull }),
    ...divided({ ...decided, ...(numbers && { numbers }) }),
    ...(zone !== undefined && { zone }),
    ...(column.sequence && { sequence: column.sequence }),
    secret: rule.secret ?? false,
  };
}

/** Whether the column has to hold anything but NULL. */
function needsType(
  { input, source, mapping }: TableContext,
  column: TargetColumn,
  found: SourceColumn | undefined,
): boolean {
  if (mapping.columns?.[column.name]?.whenNull !== undefined) return true;
  return found === undefined || input.holdsData(source.name, found.name);
}

/** Data for a column of a type into which no values are carried. Any type is made of its text by the server. */
function untyped(
  { source, target }: TableContext,
  column: TargetColumn,
  found: SourceColumn | undefined,
): PlanFault {
  const { sql } = column.type;
  const name = quoteName(column.name);
  const alter = (type: string) =>
    `ALTER TABLE ${quoteQualified(target)} ALTER COLUMN ${name} TYPE ${type} USING ${name}::${type}`;
  return {
    side: 'source',
    message: `${target.name}.${column.name} has the type ${sql}, into which no values are carried; its texts are, if it is text, without indexes, while they move: ${alter('text')}, and when all is proven ${alter(sql)}`,
    ...(found && { waivable: `${source.name}.${found.name}` }),
  };
}

/** Whether another column, which must not be NULL, is filled by the same one of the source. */
function isNeededBeside(
  { target, mapping }: TableContext,
  column: TargetColumn,
  found: SourceColumn | undefined,
): boolean {
  return target.columns.some(
    ({ name, notNull }) =>
      notNull &&
      name !== column.name &&
      found !== undefined &&
      foldName(mapping.columns?.[name]?.from ?? name) === foldName(found.name),
  );
}

function checkLeftovers(context: TableContext, columns: readonly ColumnPlan[]): void {
  const { source, faults, leftBehind, input } = context;
  const taken = sourceColumns(columns);
  for (const column of source.columns) {
    if (taken.has(column.name)) continue;
    const place = `${source.name}.${column.name}`;
    if (staysBehind(context, column.name)) leftBehind.push(place);
    else if (input.holdsData(source.name, column.name)) {
      faults.push({
        side: 'source',
        message: `${place} holds data, but the target has no column for it`,
        waivable: place,
      });
    }
  }
}

/** Whether it was decided that a column of the source stays there. */
function staysBehind({ source, mapping, decisions }: TableContext, column: string): boolean {
  return (
    (mapping.leaveBehind?.includes(column) ?? false) || decisions.leavesColumn(`${source.name}.${column}`)
  );
}

function nullReplacement(replacement: NullReplacement, runStart: string): string | bigint {
  if (replacement.kind === 'run-start') return runStart;
  return typeof replacement.value === 'number' ? BigInt(replacement.value) : replacement.value;
}
