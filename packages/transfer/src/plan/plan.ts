import { type Decision, decidesAnything, type SourceDecisions, type TableMapping } from '../mapping.ts';
import { type Bookkeeping, bookkeepingTool } from './bookkeeping.ts';
import type { TargetTable } from './catalog.ts';
import { Decisions } from './decisions.ts';
import { pairByName } from './pair-by-name.ts';
import { type PlanFault, type PlanInput, planTable } from './plan-table.ts';
import type { TablePlan, TransferPlan } from './types.ts';

export type PlanResult =
  | {
      readonly ok: true;
      readonly plan: TransferPlan;
      /** What the rows of skipped tables would be in the target, whose own rows stay. */
      readonly kept: readonly TablePlan[];
    }
  | { readonly ok: false; readonly faults: readonly PlanFault[] };

/**
 * Matches tables and columns of both catalogs.
 *
 * Nothing is dropped in silence: a source table or column that holds data and has no place in the target is
 * a fault unless the mapping leaves it behind by name, or a well-known tool keeps it about the file itself.
 */
export function planTransfer(input: PlanInput): PlanResult {
  const decisions = new Decisions(input.mapping.decisions);
  const wanted = wantedTables(input);
  const found: Findings = {
    faults: [],
    leftBehind: [],
    tables: [],
    skipped: [],
    replaced: [],
    kept: [],
    used: new Set(),
  };
  planWanted(wanted, input, decisions, found);
  const bookkeeping = leaveOthers(input, decisions, found);
  const { faults, leftBehind, tables, skipped, replaced, kept } = found;
  faults.push(...seededNowhere(wanted, input), ...decisions.unused().map(needlessDecision));
  if (faults.length > 0) return { ok: false, faults };
  return {
    ok: true,
    kept,
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

/** What is gathered table by table. */
interface Findings {
  readonly faults: PlanFault[];
  readonly leftBehind: string[];
  readonly tables: TablePlan[];
  readonly skipped: NonNullable<TransferPlan['skipped']>[number][];
  readonly replaced: NonNullable<TransferPlan['replaced']>[number][];
  readonly kept: TablePlan[];
  /** Tables of the source that have a place in the target. */
  readonly used: Set<string>;
}

/** A table of the target that may get rows, and the name that it has in the source. */
interface Wanted {
  readonly target: TargetTable;
  readonly mapping: TableMapping;
  readonly name: string;
}

/** Tables and columns of the target without those that the mapping ignores. */
function wantedTables({ target, mapping: { ignoreTarget, tables } }: PlanInput): Wanted[] {
  const ignored = new Set(ignoreTarget);
  return target
    .filter(({ name }) => !ignored.has(name))
    .map((table) => {
      const columns = table.columns.filter(({ name }) => !ignored.has(`${table.name}.${name}`));
      const mapping = tables?.[table.name] ?? {};
      return { target: { ...table, columns }, mapping, name: mapping.source ?? table.name };
    });
}

/** Pairs each wanted table with its source, and plans it. */
function planWanted(
  wanted: readonly Wanted[],
  input: PlanInput,
  decisions: Decisions,
  { faults, leftBehind, tables, skipped, replaced, kept, used }: Findings,
): void {
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
        // What has no place there stays as all of it does.
        kept.push(planTable({ input, decisions, source, target, mapping, faults: [], leftBehind: [] }));
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
}

/** Finds out of each table without a place in the target whether it may stay. @returns those that tools keep */
function leaveOthers(
  input: PlanInput,
  decisions: Decisions,
  { faults, leftBehind, tables, used }: Findings,
): Bookkeeping[] {
  const bookkeeping: Bookkeeping[] = [];
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
  return bookkeeping;
}

function seededNowhere(wanted: readonly Wanted[], { mapping }: PlanInput): PlanFault[] {
  return Object.entries(mapping.tables ?? {}).flatMap(([name, { seeded }]): PlanFault[] =>
    seeded === undefined || wanted.some(({ target }) => target.name === name)
      ? []
      : [{ side: 'source', message: `${seeded} was decided on ${name}, and the target has no such table` }],
  );
}

function needlessDecision(needless: Decision): PlanFault {
  return {
    side: 'source',
    message: `${needless.name} was decided on, but there is nothing of the kind to decide`,
    needless,
  };
}

/** Decisions that were made: none are not kept. */
function made(decisions: SourceDecisions | undefined): { decisions?: SourceDecisions } {
  return decisions && decidesAnything(decisions) ? { decisions } : {};
}
