import { SUPPORTED_TYPES } from '../codec/index.ts';
import type { ColumnMapping, NullReplacement, TableMapping, TransferMapping } from '../mapping.ts';
import type { PostgresColumn, PostgresTable } from '../postgres/catalog.ts';
import type { SqliteTable } from '../sqlite/catalog.ts';
import type { ColumnPlan, TablePlan, TransferPlan } from './types.ts';

/** Something in the way of a plan. `target` faults are mended there (migrations), `source` faults by the mapping. */
export interface PlanFault {
  readonly side: 'source' | 'target';
  readonly message: string;
}

export interface PlanInput {
  readonly schema: string;
  readonly source: readonly SqliteTable[];
  readonly target: readonly PostgresTable[];
  readonly mapping: TransferMapping;
  /** The instant that `run-start` stands for, as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC. */
  readonly runStart: string;
  /** Whether a source table, or one of its columns, holds anything at all. */
  readonly holdsData: (table: string, column?: string) => boolean;
}

export type PlanResult =
  | { readonly ok: true; readonly plan: TransferPlan }
  | { readonly ok: false; readonly faults: readonly PlanFault[] };

/**
 * Matches tables and columns of both catalogs.
 *
 * Nothing is dropped in silence: a source table or column that holds data and has no place in the target is
 * a fault unless the mapping leaves it behind by name.
 */
export function planTransfer(input: PlanInput): PlanResult {
  const faults: PlanFault[] = [];
  const leftBehind: string[] = [];
  const tables: TablePlan[] = [];
  const used = new Set<string>();
  for (const target of input.target) {
    if (input.mapping.ignoreTarget?.includes(target.name)) continue;
    const mapping = input.mapping.tables?.[target.name] ?? {};
    const source = findByName(input.source, mapping.source ?? target.name);
    if (source === undefined) continue;
    used.add(source.name);
    tables.push(planTable({ input, source, target, mapping, faults, leftBehind }));
  }
  for (const source of input.source) {
    if (used.has(source.name)) continue;
    if (input.mapping.leaveBehind?.includes(source.name)) leftBehind.push(source.name);
    else if (input.holdsData(source.name)) {
      faults.push({
        side: 'target',
        message: `table ${source.name} holds rows, but the target has no table for them`,
      });
    }
  }
  return faults.length > 0
    ? { ok: false, faults }
    : { ok: true, plan: { schema: input.schema, tables, leftBehind } };
}

interface TableContext {
  readonly input: PlanInput;
  readonly source: SqliteTable;
  readonly target: PostgresTable;
  readonly mapping: TableMapping;
  readonly faults: PlanFault[];
  readonly leftBehind: string[];
}

function planTable(context: TableContext): TablePlan {
  const { source, target } = context;
  const columns = target.columns.flatMap((column) => planColumn(context, column) ?? []);
  checkLeftovers(context, columns);
  const primary = source.columns
    .filter((column) => column.keyPosition > 0)
    .sort((a, b) => a.keyPosition - b.keyPosition)
    .map((column) => column.name);
  const allColumns = source.columns.map((column) => column.name);
  return {
    source: source.name,
    target: { schema: target.schema, name: target.name },
    key: primary.length > 0 ? primary : source.rowidName ? [source.rowidName] : allColumns,
    rowid: source.rowidName,
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

function planColumn(context: TableContext, column: PostgresColumn): ColumnPlan | undefined {
  const { source, target, mapping, faults, input } = context;
  const rule: ColumnMapping = mapping.columns?.[column.name] ?? {};
  const place = `${target.name}.${column.name}`;
  const from = rule.through ? { through: rule.through } : findColumn(source, rule.from ?? column.name);
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
  if (!SUPPORTED_TYPES.includes(column.type.name)) {
    faults.push({
      side: 'target',
      message: `${place} has the type ${column.type.sql}, which is not supported`,
    });
    return undefined;
  }
  const whenNull = rule.whenNull && nullReplacement(rule.whenNull, input.runStart);
  return {
    target: column.name,
    type: column.type,
    notNull: column.notNull,
    generated: column.generated,
    from,
    ...(rule.derive && { derive: rule.derive }),
    ...(whenNull !== undefined && { whenNull }),
    ...(rule.numericTimes && { numericTimes: rule.numericTimes }),
    ...(column.sequence && { sequence: column.sequence }),
    secret: rule.secret ?? false,
  };
}

function checkLeftovers(context: TableContext, columns: readonly ColumnPlan[]): void {
  const { source, mapping, faults, leftBehind, input } = context;
  const taken = new Set(columns.map((column) => ('column' in column.from ? column.from.column : undefined)));
  for (const column of source.columns) {
    if (taken.has(column.name)) continue;
    const place = `${source.name}.${column.name}`;
    if (mapping.leaveBehind?.includes(column.name)) leftBehind.push(place);
    else if (input.holdsData(source.name, column.name)) {
      faults.push({ side: 'source', message: `${place} holds data, but the target has no column for it` });
    }
  }
}

/** SQLite compares names without regard to case; an exact match wins. */
function findByName<T extends { readonly name: string }>(items: readonly T[], name: string): T | undefined {
  return (
    items.find((item) => item.name === name) ??
    items.find((item) => item.name.toLowerCase() === name.toLowerCase())
  );
}

function findColumn(source: SqliteTable, name: string): { column: string } | undefined {
  const column = findByName(source.columns, name);
  return column && { column: column.name };
}

function nullReplacement(replacement: NullReplacement, runStart: string): string | bigint {
  if (replacement.kind === 'run-start') return runStart;
  return typeof replacement.value === 'number' ? BigInt(replacement.value) : replacement.value;
}
