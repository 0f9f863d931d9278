import { columnType, findColumnType } from '../column-types/registry.ts';
import type { Choice, ColumnDecision, FailbackDecision, TargetType } from '../column-types/types.ts';
import {
  type ColumnMapping,
  type Decision,
  decidesAnything,
  type NullReplacement,
  type SourceDecisions,
  type TableMapping,
  type TransferMapping,
} from '../mapping.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { type Bookkeeping, bookkeepingTool } from './bookkeeping.ts';
import type { SourceColumn, SourceTable, TargetColumn, TargetTable } from './catalog.ts';
import { divided } from './decisions.ts';
import { foldName } from './fold-name.ts';
import { pairByName } from './pair-by-name.ts';
import { matchesName, namingColumn, namingTable, wildness } from './patterns.ts';
import type { ColumnPlan, TablePlan, TransferPlan } from './types.ts';

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

export type PlanResult =
  | { readonly ok: true; readonly plan: TransferPlan }
  | { readonly ok: false; readonly faults: readonly PlanFault[] };

/**
 * Matches tables and columns of both catalogs.
 *
 * Nothing is dropped in silence: a source table or column that holds data and has no place in the target is
 * a fault unless the mapping leaves it behind by name, or a well-known tool keeps it about the file itself.
 */
export function planTransfer(input: PlanInput): PlanResult {
  const faults: PlanFault[] = [];
  const leftBehind: string[] = [];
  const bookkeeping: Bookkeeping[] = [];
  const tables: TablePlan[] = [];
  const skipped: NonNullable<TransferPlan['skipped']>[number][] = [];
  const replaced: NonNullable<TransferPlan['replaced']>[number][] = [];
  const used = new Set<string>();
  const decisions = new Decisions(input.mapping.decisions);
  const ignored = new Set(input.mapping.ignoreTarget);
  const wanted = input.target
    .filter(({ name }) => !ignored.has(name))
    .map((table) => {
      const columns = table.columns.filter(({ name }) => !ignored.has(`${table.name}.${name}`));
      const mapping = input.mapping.tables?.[table.name] ?? {};
      return { target: { ...table, columns }, mapping, name: mapping.source ?? table.name };
    });
  const sources = pairByName(
    wanted.map(({ name }) => name),
    input.source.filter((table) => !table.virtual),
  );
  for (const [i, { target, mapping }] of wanted.entries()) {
    const source = sources[i];
    if (mapping.seeded === 'skip') {
      skipped.push({ schema: target.schema, name: target.name });
      if (source !== undefined) {
        used.add(source.name);
        leftBehind.push(source.name);
      }
      continue;
    }
    if (source === undefined) {
      if (mapping.seeded === 'replace')
        faults.push({
          side: 'source',
          message: `replace was decided on ${target.name}, and the source has no table for it`,
        });
      continue;
    }
    if (mapping.seeded === 'replace') replaced.push({ schema: target.schema, name: target.name });
    // The target's own tool has a table of the same name: whether it is to get the source's rows is a decision.
    if (bookkeepingTool(source) !== undefined && decisions.leavesTable(source.name)) continue;
    used.add(source.name);
    tables.push(planTable({ input, decisions, source, target, mapping, faults, leftBehind }));
  }
  for (const source of input.source) {
    if (used.has(source.name)) continue;
    const tool = bookkeepingTool(source);
    if (input.mapping.leaveBehind?.includes(source.name) || decisions.leavesTable(source.name)) {
      leftBehind.push(source.name);
    } else if (tool !== undefined) {
      bookkeeping.push({ table: source.name, tool });
    } else if (source.virtual) {
      faults.push({
        side: 'source',
        message: `${source.name} is a virtual table, whose rows cannot be read like those of others`,
        waivable: source.name,
      });
    } else if (input.holdsData(source.name)) {
      faults.push({
        // A target without any of the tables has not been migrated; else the table is the source's own.
        side: tables.length === 0 ? 'target' : 'source',
        message: `table ${source.name} holds rows, but the target has no table for them`,
        ...(tables.length > 0 && { waivable: source.name }),
      });
    }
  }
  for (const [name, { seeded }] of Object.entries(input.mapping.tables ?? {})) {
    if (seeded === undefined || wanted.some(({ target }) => target.name === name)) continue;
    faults.push({
      side: 'source',
      message: `${seeded} was decided on ${name}, and the target has no such table`,
    });
  }
  for (const needless of decisions.unused()) {
    faults.push({
      side: 'source',
      message: `${needless.name} was decided on, but there is nothing of the kind to decide`,
      needless,
    });
  }
  return faults.length > 0
    ? { ok: false, faults }
    : {
        ok: true,
        plan: {
          schema: input.schema,
          tables,
          ...(skipped.length > 0 && { skipped }),
          ...(replaced.length > 0 && { replaced }),
          leftBehind,
          bookkeeping,
          ...made(input.mapping.decisions),
        },
      };
}

/** Decisions that were made: none are not kept. */
function made(decisions: SourceDecisions | undefined): { decisions?: SourceDecisions } {
  return decisions && decidesAnything(decisions) ? { decisions } : {};
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

function planTable(context: TableContext): TablePlan {
  const { source, target } = context;
  const { mapping } = context;
  const isEmpty = context.input.emptyFits && !context.input.holdsData(source.name);
  const found = pairByName(
    target.columns.map((column) => mapping.columns?.[column.name]?.from ?? column.name),
    source.columns.filter(({ name }) => !context.decisions.leavesColumn(`${source.name}.${name}`)),
  );
  const faults = context.faults.length;
  const columns = target.columns.flatMap((column, i) => planColumn(context, column, found[i]) ?? []);
  // What holds nothing fits, whatever the target's columns are.
  if (isEmpty) context.faults.length = faults;
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

function planColumn(
  context: TableContext,
  column: TargetColumn,
  found: SourceColumn | undefined,
): ColumnPlan | undefined {
  const { source, target, mapping, faults, input, decisions } = context;
  const rule: ColumnMapping = mapping.columns?.[column.name] ?? {};
  const place = `${target.name}.${column.name}`;
  const from = rule.through ? { through: rule.through } : found && { column: found.name };
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

/** What was decided on a column of the source, `table.column`, if it becomes one of a type. */
export function decisionOn(
  decisions: SourceDecisions | undefined,
  place: string,
  type: TargetType,
): Pick<ColumnPlan, 'numericTimes' | 'decision'> {
  return divided(new Decisions(decisions).onColumn(place, columnType(type).traits.decisions));
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
  const { source, mapping, faults, leftBehind, input, decisions } = context;
  const taken = new Set(columns.map((column) => ('column' in column.from ? column.from.column : undefined)));
  for (const column of source.columns) {
    if (taken.has(column.name)) continue;
    const place = `${source.name}.${column.name}`;
    if (mapping.leaveBehind?.includes(column.name) || decisions.leavesColumn(place)) leftBehind.push(place);
    else if (input.holdsData(source.name, column.name)) {
      faults.push({
        side: 'source',
        message: `${place} holds data, but the target has no column for it`,
        waivable: place,
      });
    }
  }
}

/** Decisions that any type can take: which forms there are is found out when a live move begins. */
const FAILBACK: ReadonlySet<string> = new Set<keyof FailbackDecision>(['back', 'nulls']);

/** The operator's decisions, each to be used at least once. */
class Decisions {
  readonly #decisions: SourceDecisions;
  readonly #used = new Set<string>();

  constructor(decisions: SourceDecisions = {}) {
    this.#decisions = decisions;
  }

  leavesTable(name: string): boolean {
    return this.#leaves(namingTable(this.#decisions.leaveBehind ?? [], name));
  }

  /** @param name as `table.column` */
  leavesColumn(name: string): boolean {
    return this.#leaves(namingColumn(this.#decisions.leaveBehind ?? [], name));
  }

  /** The zone that was named, for a column to which it matters. */
  zone(): string | undefined {
    const { zone } = this.#decisions;
    this.#used.add(`zone ${zone}`);
    return zone;
  }

  #leaves(patterns: readonly string[]): boolean {
    for (const pattern of patterns) this.#used.add(`leave-behind ${pattern}`);
    return patterns.length > 0;
  }

  /** What was decided on a column that its type can be decided on; what names the column more closely counts. */
  onColumn(name: string, choices: readonly Choice[]): ColumnDecision {
    const { columns = {}, numericTimes = {} } = this.#decisions;
    const decision: Record<string, string> = {};
    const patterns = Object.keys(columns).filter((pattern) => matchesName(pattern, name));
    const decide = (what: string, key: string, value: string) => {
      if (!FAILBACK.has(key) && !choices.includes(`${key}=${value}` as Choice)) return;
      this.#used.add(what);
      decision[key] = value;
    };
    for (const pattern of patterns.toSorted((a, b) => wildness(b) - wildness(a) || a.length - b.length)) {
      for (const [key, value] of Object.entries(columns[pattern] ?? {})) {
        decide(`column ${pattern}: ${key} ${value}`, key, value);
      }
    }
    const times = numericTimes[name];
    if (times) decide(`times ${name}`, 'numbers', times);
    return decision as ColumnDecision;
  }

  unused(): Decision[] {
    const { leaveBehind = [], numericTimes = {}, columns = {}, zone } = this.#decisions;
    const all: Decision[] = [
      ...(zone === undefined ? [] : [{ decision: 'zone', name: zone } as const]),
      ...leaveBehind.map((name) => ({ decision: 'leave-behind', name }) as const),
      ...Object.keys(numericTimes).map((name) => ({ decision: 'times', name }) as const),
      ...Object.entries(columns).flatMap(([pattern, decision]) =>
        Object.entries(decision).map(
          ([key, value]) => ({ decision: 'column', name: `${pattern}: ${key} ${value}` }) as const,
        ),
      ),
    ];
    return all.filter(({ decision, name }) => !this.#used.has(`${decision} ${name}`));
  }
}

function nullReplacement(replacement: NullReplacement, runStart: string): string | bigint {
  if (replacement.kind === 'run-start') return runStart;
  return typeof replacement.value === 'number' ? BigInt(replacement.value) : replacement.value;
}
