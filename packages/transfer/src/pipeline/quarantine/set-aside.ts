import { columnType } from '../../column-types/registry.ts';
import { TransferError } from '../../errors.ts';
import type { BadRow, Locator, QuarantinedRow, RowReason } from '../../plan/rows.ts';
import { fromStored } from '../../plan/stored-value.ts';
import type { TablePlan, TransferPlan } from '../../plan/types.ts';
import type { ExcludedRows, PlannedTable, SourceView } from '../../source/source.ts';
import type { Ledger } from '../../target/target.ts';
import type { Inspection } from '../inspect.ts';
import type { Preparation } from '../prepare.ts';
import type { Verification } from '../verify.ts';

/** Rows that a result lists at the most; all are counted, and the ledger holds them all. */
const MAX_LISTED = 100_000;

/** What a run set aside. */
export interface Quarantine {
  readonly rows: number;
  /** Every table of the plan: its rows in the source are those loaded and those set aside. */
  readonly tables: readonly QuarantinedTable[];
  /** How many rows there are for which reason; a row may have several. */
  readonly reasons: readonly {
    readonly table: string;
    readonly column: string;
    readonly reason: string;
    readonly rows: number;
  }[];
  /** The first ones, up to 100 000. */
  readonly listed: readonly {
    readonly table: string;
    readonly key: string;
    readonly reasons: readonly RowReason[];
  }[];
}

export interface QuarantinedTable {
  readonly source: string;
  readonly target: string;
  readonly sourceRows: number;
  readonly loaded: number;
  readonly quarantined: number;
}

/** The bad rows of every table, by the name of the target's. */
export type BadRows = ReadonlyMap<string, readonly BadRow[]>;

/** The plan under which readers pass over the rows of these tables that are left out. */
function excluding(plan: TransferPlan, tables: ReadonlySet<string>): TransferPlan {
  return {
    ...plan,
    tables: plan.tables.map((table, i) => (tables.has(table.target.name) ? listed(table, i) : table)),
  };
}

function listed(table: TablePlan, index: number): TablePlan {
  return { ...table, excluded: `vatevo_excluded_${index}` };
}

/**
 * Finds every row that must stay out: those with a value that the target cannot hold, those that break a
 * rule between rows, and those that depend on them, however far away.
 */
export async function gatherBadRows(
  view: SourceView,
  { plan, rules, dependencies }: Preparation,
  tables: readonly PlannedTable[],
  inspection: Inspection,
  broken: BadRows,
): Promise<BadRows> {
  const bad = new Map(plan.tables.map(({ target: { name } }) => [name, [...(broken.get(name) ?? [])]]));
  const suspect = new Set(inspection.refusals.map(({ table }) => table));
  const complete = inspection.refusals.length === inspection.refusedValues;
  const scanned = tables.filter(({ table }) => !complete || suspect.has(table.source));
  await view.runAll(view.cut(scanned), async (range, reader) => {
    const rows = bad.get(range.table.target.name);
    for (const row of await reader.run({ kind: 'bad-rows', range })) rows?.push(row);
  });
  const lists = plan.tables.map(listed);
  const withList = (table: TablePlan) => lists[plan.tables.indexOf(table)] ?? table;
  const found = await view.runOnce({
    kind: 'dependents',
    tables: lists.map((table) => ({ table, locators: locatorsOf(bad.get(table.target.name) ?? []) })),
    rules: rules.map((rule) => ({ ...rule, table: withList(rule.table) })),
    dependencies: dependencies.map((dependency) => ({
      ...dependency,
      child: withList(dependency.child),
      parent: withList(dependency.parent),
    })),
  });
  return new Map([...bad].map(([name, rows]) => [name, merge([...rows, ...(found.get(name) ?? [])])]));
}

export function locatorsByTable(bad: BadRows): Map<string, Locator[]> {
  return new Map([...bad].map(([name, rows]) => [name, locatorsOf(rows)]));
}

function locatorsOf(rows: readonly BadRow[]): Locator[] {
  return rows.map(({ locator }) => locator);
}

/** One entry a row, with all of its reasons, in the order of the locators. */
function merge(rows: readonly BadRow[]): BadRow[] {
  const byLocator = new Map<string, BadRow>();
  for (const row of rows) {
    const id = identify(row.locator);
    const known = byLocator.get(id);
    byLocator.set(id, known ? { ...known, reasons: [...known.reasons, ...row.reasons] } : row);
  }
  // Readers finish in any order: the places are the same every time.
  return [...byLocator]
    .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([, row]) => row);
}

function identify(locator: Locator): string {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  return locator
    .map((value) => {
      if (value instanceof Uint8Array) return `x${hex(value)}`;
      if (value !== null && typeof value === 'object') return `t${hex(value.text)}`;
      return `${typeof value} ${value}`;
    })
    .join('\0');
}

/**
 * The ids that were ever assigned, with those of the rows set aside: no new row may take the id of one that
 * will be fixed and brought in later.
 */
export function reservingIds(
  plan: TransferPlan,
  locators: ReadonlyMap<string, readonly Locator[]>,
  highWaterMarks: ReadonlyMap<string, bigint>,
): ReadonlyMap<string, bigint> {
  const reserved = new Map(highWaterMarks);
  for (const table of plan.tables) {
    const fed = table.columns.find(
      (column) => column.sequence && 'column' in column.from && column.from.column === table.rowid,
    );
    const most = fed && columnType(fed.type).traits.highestInteger;
    if (most === undefined) continue;
    for (const [id] of locators.get(table.target.name) ?? []) {
      const known = reserved.get(table.target.name) ?? 0n;
      if (typeof id === 'bigint' && id > known && id <= most) reserved.set(table.target.name, id);
    }
  }
  return reserved;
}

/** Has every reader pass over the rows from now on. */
export async function excludeRows(
  view: SourceView,
  plan: TransferPlan,
  locators: ReadonlyMap<string, readonly Locator[]>,
): Promise<TransferPlan> {
  const working = excluding(
    plan,
    new Set([...locators].flatMap(([name, rows]) => (rows.length > 0 ? [name] : []))),
  );
  const tables = working.tables.flatMap((table): ExcludedRows[] =>
    table.excluded === undefined ? [] : [{ table, locators: locators.get(table.target.name) ?? [] }],
  );
  if (tables.length > 0) await view.runEverywhere({ kind: 'exclude', tables });
  return working;
}

/** Enters the rows in the ledger. Call it inside the transaction that begins the run. */
export async function recordBadRows(
  ledger: Ledger,
  view: SourceView,
  runId: string,
  plan: TransferPlan,
  bad: BadRows,
): Promise<void> {
  for (const table of plan.tables) {
    const rows = bad.get(table.target.name) ?? [];
    let place = 0;
    for (let from = 1; from <= rows.length; ) {
      const stored = await view.runOnce({ kind: 'stored-rows', table, from });
      if (stored.length === 0) break;
      const placed = stored.map((row) => ({ ...row, bad: rows[row.place - 1] as BadRow, place: ++place }));
      await ledger.quarantine(
        runId,
        table,
        placed.map((row) => ({
          ...row,
          rowid: table.rowid === undefined ? undefined : (row.bad.locator[0] as bigint),
        })),
      );
      from = (stored.at(-1)?.place ?? from) + 1;
    }
  }
}

/** By target table: what locates the rows that a run began without. */
export async function readLocators(
  ledger: Ledger,
  runId: string,
  plan: TransferPlan,
): Promise<Map<string, Locator[]>> {
  const locators = new Map<string, Locator[]>();
  for (const row of await ledger.readQuarantined(runId)) {
    const table = plan.tables.find(({ target }) => target.name === row.target);
    if (table === undefined) continue;
    const known = locators.get(row.target) ?? [];
    known.push(row.rowid === undefined ? await readKey(ledger, runId, table, row) : [row.rowid]);
    locators.set(row.target, known);
  }
  return locators;
}

async function readKey(
  ledger: Ledger,
  runId: string,
  table: TablePlan,
  row: QuarantinedRow,
): Promise<Locator> {
  const values = await ledger.readStoredRow(runId, row);
  return table.key.map((name) => {
    const stored = values.find(({ column }) => column === name);
    const value = stored ? fromStored(stored) : null;
    return stored?.storageClass === 'text' ? { text: value as Buffer } : value;
  });
}

/**
 * What a run set aside, for its report.
 *
 * @throws TransferError `differences` when rows in the source are not those loaded and those set aside.
 */
export async function reportQuarantine(
  ledger: Ledger,
  runId: string,
  measure: () => Promise<readonly PlannedTable[]>,
  verification: Verification | undefined,
): Promise<Quarantine | undefined> {
  const rows = await ledger.readQuarantined(runId);
  if (rows.length === 0) return undefined;
  const counted = (await measure()).map(({ table, extent }): QuarantinedTable => {
    const quarantined = rows.filter((row) => row.target === table.target.name).length;
    const verified = verification?.tables.find(({ target }) => target === table.target.name);
    return {
      source: table.source,
      target: table.target.name,
      sourceRows: extent.rows,
      loaded: verified?.targetRows ?? extent.rows - quarantined,
      quarantined,
    };
  });
  const unbalanced = counted.find(
    ({ sourceRows, loaded, quarantined }) => loaded + quarantined !== sourceRows,
  );
  if (unbalanced) {
    const { source, sourceRows, loaded, quarantined } = unbalanced;
    throw new TransferError(
      'differences',
      `${source} has ${sourceRows} rows, but ${loaded} were loaded and ${quarantined} set aside.`,
      { next: { step: 'start-over' } },
    );
  }
  return {
    rows: rows.length,
    tables: counted,
    reasons: tally(rows),
    listed: rows.slice(0, MAX_LISTED).map(({ table, key, reasons }) => ({ table, key, reasons })),
  };
}

function tally(rows: readonly QuarantinedRow[]): Quarantine['reasons'] {
  const counts = new Map<string, { table: string; column: string; reason: string; rows: number }>();
  for (const { table, reasons } of rows) {
    for (const { column, reason } of reasons) {
      const id = [table, column, reason].join('\0');
      const entry = counts.get(id);
      if (entry) entry.rows++;
      else counts.set(id, { table, column, reason, rows: 1 });
    }
  }
  return [...counts.values()];
}
