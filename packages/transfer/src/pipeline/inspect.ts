import { TransferError } from '../errors.ts';
import type { Bookkeeping } from '../plan/bookkeeping.ts';
import type { BadRow, RefusedValue } from '../plan/rows.ts';
import type { TransferPlan } from '../plan/types.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import type { ReaderPool } from '../source/sqlite/readers/pool.ts';
import type {
  CheckResult,
  RelationRule,
  RowRange,
  StorageCensus,
} from '../source/sqlite/readers/protocol.ts';
import type { Spool } from '../source/sqlite/readers/spool.ts';
import { cutRanges, type PlannedTable } from './ranges.ts';

/** What was found in the source, without touching the target's data. */
export interface Inspection {
  readonly tables: readonly InspectedTable[];
  /** How many values the target cannot hold. */
  readonly refusedValues: number;
  /** The first ones, up to {@link MOST_REFUSALS}. */
  readonly refusals: readonly RefusedValue[];
  /** Source tables and columns that stay behind on purpose. */
  readonly leftBehind: readonly string[];
  /** Tables that tools keep about the source, which stay there. */
  readonly bookkeeping: readonly Bookkeeping[];
}

export interface InspectedTable {
  readonly source: string;
  readonly target: string;
  readonly rows: number;
  /** Values that a policy will replace. */
  readonly alterations: number;
  /** By target column: how many values the source stores in which class. */
  readonly census: Readonly<Record<string, StorageCensus>>;
}

/** Refusals that a result lists at the most; all are counted. */
export const MOST_REFUSALS = 100_000;

/** Rows and rowid bounds of every planned table; `roughly`, the rows are not counted. */
export async function measureTables(
  pool: ReaderPool,
  plan: TransferPlan,
  roughly = false,
): Promise<PlannedTable[]> {
  const measured: PlannedTable[] = [];
  await pool.runAll([...plan.tables.entries()], async ([index, table], reader) => {
    measured[index] = { table, extent: await reader.run({ kind: 'extent', table, roughly }) };
  });
  return measured;
}

/**
 * Checks the file, every value and every rule between rows that the target enforces.
 *
 * @param broken rows that the target's CHECKs reject (see checks.ts)
 * @param spool takes the encoded rows, where they are wanted
 * @throws TransferError `source-unusable` when SQLite itself finds the file damaged.
 */
export async function inspect(
  pool: ReaderPool,
  plan: TransferPlan,
  tables: readonly PlannedTable[],
  rules: readonly RelationRule[],
  broken: ReadonlyMap<string, readonly BadRow[]>,
  onProgress?: OnProgress,
  spool?: Spool,
): Promise<Inspection> {
  const found = new Findings(plan, tables);
  for (const [target, rows] of broken) found.refuseRows(target, rows);
  const meter = new ProgressMeter('inspect', found.totalRows, onProgress);
  type Step = 'integrity' | RelationRule | RowRange;
  const steps: Step[] = ['integrity', ...rules, ...cutRanges(tables)];
  await pool.runAll(steps, async (step, reader, slot) => {
    if (step === 'integrity') refuseDamage(await reader.run({ kind: 'integrity' }));
    else if ('condition' in step) found.refuse(await reader.run({ kind: 'relation', rule: step }));
    else {
      // What is refused leaves nothing to load.
      const keep = found.isClean ? spool?.place(slot) : undefined;
      const task = { kind: 'check', range: step, ...(keep && { keep }) } as const;
      const result = await reader.run(task, { onProgress: meter.add });
      if (result.kept) spool?.add(slot, step, result.kept);
      if (result.spoolIsFull) spool?.fill();
      found.add(step, result);
    }
  });
  return found.inspection();
}

function refuseDamage(faults: readonly string[]): void {
  const [first] = faults;
  if (first === undefined) return;
  throw new TransferError(
    'source-unusable',
    `The source file is damaged: integrity_check found ${faults.length} faults, the first: ${first}; restore a backup or recover it with sqlite3's .recover, then try again.`,
  );
}

class Findings {
  readonly totalRows: number;
  readonly #plan: TransferPlan;
  readonly #tables: Map<string, { rows: number; alterations: number; census: Record<string, StorageCensus> }>;
  readonly #refusals: RefusedValue[] = [];
  #refusedValues = 0;

  constructor(plan: TransferPlan, tables: readonly PlannedTable[]) {
    this.#plan = plan;
    this.totalRows = tables.reduce((sum, { extent }) => sum + extent.rows, 0);
    this.#tables = new Map(
      plan.tables.map((table) => [table.target.name, { rows: 0, alterations: 0, census: {} }]),
    );
  }

  get isClean(): boolean {
    return this.#refusedValues === 0;
  }

  refuse({ refusedValues, refusals }: { refusedValues: number; refusals: readonly RefusedValue[] }): void {
    this.#refusedValues += refusedValues;
    for (const refusal of refusals) {
      if (this.#refusals.length < MOST_REFUSALS) this.#refusals.push(refusal);
    }
  }

  /** Rows with reasons, as refused values. */
  refuseRows(target: string, rows: readonly BadRow[]): void {
    const table = this.#plan.tables.find((candidate) => candidate.target.name === target)?.source ?? target;
    const refusals = rows.flatMap(({ key, reasons }) => reasons.map((reason) => ({ table, key, ...reason })));
    this.refuse({ refusedValues: refusals.length, refusals });
  }

  add(range: RowRange, result: CheckResult): void {
    this.refuse(result);
    const table = this.#tables.get(range.table.target.name);
    if (table === undefined) return;
    table.rows += result.rows;
    table.alterations += result.alterations;
    for (const [column, census] of Object.entries(result.census)) {
      const sum = table.census[column] ?? { null: 0, integer: 0, real: 0, text: 0, blob: 0 };
      table.census[column] = sum;
      for (const name of Object.keys(sum) as (keyof StorageCensus)[]) sum[name] += census[name];
    }
  }

  inspection(): Inspection {
    const text = (refusal: RefusedValue) => `${refusal.table}\0${refusal.key}\0${refusal.column}`;
    return {
      tables: this.#plan.tables.map((table) => ({
        source: table.source,
        target: table.target.name,
        ...(this.#tables.get(table.target.name) ?? { rows: 0, alterations: 0, census: {} }),
      })),
      refusedValues: this.#refusedValues,
      // Readers finish in any order: the list is the same every time.
      refusals: this.#refusals.toSorted((a, b) => text(a).localeCompare(text(b), 'en', { numeric: true })),
      leftBehind: this.#plan.leftBehind,
      bookkeeping: this.#plan.bookkeeping ?? [],
    };
  }
}
