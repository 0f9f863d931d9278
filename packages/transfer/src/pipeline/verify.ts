import type { TablePlan, TransferPlan } from '../plan/types.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import type { PlannedTable, SourceView } from '../source/source.ts';
import type { SequenceBehind, TableDigest, Target } from '../target/target.ts';
import { type Difference, findDifferences } from './differences.ts';
import { digestOf, type SourceDigest } from './digest-source.ts';

export interface VerifiedTable {
  readonly source: string;
  readonly target: string;
  readonly sourceRows: number;
  readonly targetRows: number;
  /** Hex digests over all rows: equal exactly when the verdict is. */
  readonly sourceDigest: string;
  readonly targetDigest: string;
  readonly equal: boolean;
}

export interface Verification {
  readonly equal: boolean;
  readonly tables: readonly VerifiedTable[];
  /** Values compared: rows times columns. */
  readonly values: number;
  /** Rows and values that differ, as many as `MAX_DIFFERENCES` a table. */
  readonly differences: readonly Difference[];
  readonly sequencesBehind: readonly SequenceBehind[];
  /** What the tables are made of and is missing, changed or without effect, e.g. a CHECK or an index. */
  readonly unfit: readonly string[];
  /** Whether a transfer recorded the structure: else what is missing from it cannot be known. */
  readonly structureRecorded: boolean;
}

export interface VerifyOptions {
  readonly view: SourceView;
  /** Under way, or done. */
  readonly source: SourceDigest;
  /** Nothing else may go on there. */
  readonly target: Target;
  readonly plan: TransferPlan;
  readonly tables: readonly PlannedTable[];
  readonly highWaterMarks: ReadonlyMap<string, bigint>;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Proves the target equal to the source, value by value.
 *
 * Both sides digest every row over all of its values, each on its own: the source from its raw storage, the
 * target from what the server prints. The digests of a table are summed, which does not depend on order.
 * Where the sums differ, the rows and then the values are looked for.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { view, plan, tables, highWaterMarks } = options;
  const { digests, structure } = options.target;
  const total = tables.reduce((sum, { extent }) => sum + extent.rows, 0);
  // Each side is half of the way.
  const done = { rows: options.source.rows / 2, bytes: options.source.bytes / 2 };
  const meter = new ProgressMeter('verify', total, options.onProgress, done);
  const half = (rows: number, bytes: number) => meter.add(rows / 2, bytes / 2);
  options.source.follow(half);
  const [source, target] = await Promise.all([options.source.tables, digests.tables(plan, half)]);
  const verified = plan.tables.map((table) => evaluate(table, source, target));
  const differing = tables.filter((_, i) => !verified[i]?.equal);
  const differences: Difference[] = [];
  for (const table of differing) differences.push(...(await findDifferences(view, digests, table)));
  const behind = await structure.sequencesBehind(plan, highWaterMarks);
  const { unfit, recorded } = await structure.verify(plan);
  return {
    equal: differing.length === 0 && behind.length === 0 && unfit.length === 0,
    tables: verified,
    values: verified.reduce(
      (sum, { sourceRows }, i) => sum + sourceRows * (plan.tables[i]?.columns.length ?? 0),
      0,
    ),
    differences,
    sequencesBehind: behind,
    unfit,
    structureRecorded: recorded,
  };
}

/** Compares the digests of a table on either side. */
export function evaluate(table: TablePlan, ours: Digests, theirs: Digests): VerifiedTable {
  const [source, target] = [digestOf(ours, table), digestOf(theirs, table)];
  const sourceDigest = printDigest(source);
  const targetDigest = printDigest(target);
  return {
    source: table.source,
    target: table.target.name,
    sourceRows: Number(source.rows),
    targetRows: Number(target.rows),
    sourceDigest,
    targetDigest,
    equal: source.rows === target.rows && source.high === target.high && source.low === target.low,
  };
}

type Digests = ReadonlyMap<string, TableDigest>;

function printDigest({ high, low }: TableDigest): string {
  const half = (sum: bigint) => sum.toString(16).padStart(16, '0');
  return half(high) + half(low);
}
