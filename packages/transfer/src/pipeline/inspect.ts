import type { StorageCensus } from '../column-types/types.ts';
import { TransferError } from '../errors.ts';
import type { Bookkeeping } from '../plan/bookkeeping.ts';
import type { BadRow, RefusedValue } from '../plan/rows.ts';
import type { TransferPlan } from '../plan/types.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import { quoteName } from '../quote.ts';
import type { CheckResult, PlannedTable, RelationRule, RowRange, SourceView } from '../source/source.ts';

/** What was found in the source, without touching the target's data. */
export interface Inspection {
  readonly tables: readonly InspectedTable[];
  /** How many values the target cannot hold. */
  readonly refusedValues: number;
  /** The first ones, up to {@link MAX_REFUSALS}. */
  readonly refusals: readonly RefusedValue[];
  /** The same by table, column and reason, the most frequent first. */
  readonly refusalGroups: readonly RefusalGroup[];
  /** Source tables and columns that stay behind on purpose. */
  readonly leftBehind: readonly string[];
  /** Tables that tools keep about the source, which stay there. */
  readonly bookkeeping: readonly Bookkeeping[];
  /** What is assumed, or nobody can check, each as a sentence. */
  readonly notes: readonly string[];
}

/** Values of one column that are refused for one reason. */
export interface RefusalGroup {
  readonly table: string;
  readonly column: string;
  readonly reason: string;
  /** Of those that are listed. */
  readonly count: number;
  /** The first ones. */
  readonly examples: readonly Pick<RefusedValue, 'key' | 'reason' | 'value'>[];
}

const EXAMPLES_A_GROUP = 3;

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
const MAX_REFUSALS = 100_000;

export interface InspectOptions {
  readonly view: SourceView;
  readonly plan: TransferPlan;
  readonly tables: readonly PlannedTable[];
  /** Rules between rows; they mean something where the source stands still. */
  readonly rules?: readonly RelationRule[];
  /** Rows that the target's own rules reject (see broken-rows.ts). */
  readonly broken?: ReadonlyMap<string, readonly BadRow[]>;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Checks every value; of a source that stands still, the source as a whole and every rule between rows that the target
 * enforces, too.
 *
 * @throws TransferError `source-unusable` when the source itself finds that it is damaged.
 */
export async function inspect({
  view,
  plan,
  tables,
  rules = [],
  broken = new Map(),
  onProgress,
}: InspectOptions): Promise<Omit<Inspection, 'notes'>> {
  const found = new Findings(plan, tables);
  for (const [target, rows] of broken) found.refuseRows(target, rows);
  const meter = new ProgressMeter('inspect', found.totalRows, onProgress);
  type Step = 'integrity' | RelationRule | RowRange;
  const whole: Step[] = view.standsStill ? ['integrity', ...rules] : [];
  await view.runAll([...whole, ...view.cut(tables)], async (step, reader) => {
    if (step === 'integrity') refuseDamage(await reader.run({ kind: 'integrity' }));
    else if ('condition' in step) found.refuse(await reader.run({ kind: 'relation', rule: step }));
    // What is refused leaves nothing to load.
    else found.add(step, await reader.check(step, found.isClean, meter.add));
  });
  return found.inspection();
}

/** What `integrity_check` says of an index beside rows that are sound. */
const INDEX_FAULT =
  /^(?:row \d+ (?:missing from|values differ from)|wrong # of entries in|non-unique entry in|rowid not at end-of-record for row \d+ of) index (.+)$/;

function refuseDamage(faults: readonly string[]): void {
  const [first] = faults;
  if (first === undefined) return;
  const indexes = new Set(faults.map((fault) => INDEX_FAULT.exec(fault)?.[1]));
  const found = `integrity_check found ${faults.length} faults, the first: ${first}`;
  throw new TransferError(
    'source-unusable',
    indexes.has(undefined)
      ? `The source file is damaged: ${found}; restore a backup or recover it with sqlite3's .recover, then try again.`
      : `Rows of the source file are sound, and indexes on them are not: ${found}; run sqlite3 FILE 'REINDEX', and where that does not help, because another release of SQLite computes other values for the index, drop it (${[...indexes].map((name) => `DROP INDEX ${quoteName(name as string)}`).join('; ')}), then try again.`,
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
      if (this.#refusals.length < MAX_REFUSALS) this.#refusals.push(refusal);
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

  inspection(): Omit<Inspection, 'notes'> {
    const refusals = this.#sorted();
    return {
      tables: this.#plan.tables.map((table) => ({
        source: table.source,
        target: table.target.name,
        ...(this.#tables.get(table.target.name) ?? { rows: 0, alterations: 0, census: {} }),
      })),
      refusedValues: this.#refusedValues,
      refusals,
      refusalGroups: grouped(refusals),
      leftBehind: this.#plan.leftBehind,
      bookkeeping: this.#plan.bookkeeping ?? [],
    };
  }

  /** Readers finish in any order: the list is the same every time. */
  #sorted(): RefusedValue[] {
    const text = (refusal: RefusedValue) => `${refusal.table}\0${refusal.key}\0${refusal.column}`;
    return this.#refusals.toSorted((a, b) => text(a).localeCompare(text(b), 'en', { numeric: true }));
  }
}

function grouped(refusals: readonly RefusedValue[]): RefusalGroup[] {
  const groups = new Map<
    string,
    RefusalGroup & { count: number; examples: { key: string; reason: string; value: string }[] }
  >();
  for (const { table, column, reason: said, key, value } of refusals) {
    // Where in a text something stands is no reason of its own.
    const reason = said.replace(/ \(at \d+\)$/, '');
    const name = JSON.stringify([table, column, reason]);
    const group = groups.get(name) ?? { table, column, reason, count: 0, examples: [] };
    groups.set(name, group);
    group.count++;
    if (group.examples.length < EXAMPLES_A_GROUP) group.examples.push({ key, reason: said, value });
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count);
}
