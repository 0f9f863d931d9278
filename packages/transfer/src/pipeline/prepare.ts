import { ProgrammingError, TransferError } from '../errors.ts';
import type { TransferMapping } from '../mapping.ts';
import type { CheckConstraint } from '../plan/catalog.ts';
import { misfit } from '../plan/misfit.ts';
import { planTransfer } from '../plan/plan.ts';
import type { Alteration } from '../plan/rows.ts';
import type { TransferPlan } from '../plan/types.ts';
import type { Dependency, PlannedTable, PointedRows, RelationRule, Source } from '../source/source.ts';
import type { Target } from '../target/target.ts';
import { markUnread, type ServerRules } from './unread-values.ts';

export interface Preparation extends ServerRules {
  readonly plan: TransferPlan;
  readonly rules: readonly RelationRule[];
  /** Which rows cannot go without which others. */
  readonly dependencies: readonly Dependency[];
  /** By target table: the highest id that the source ever assigned. */
  readonly highWaterMarks: ReadonlyMap<string, bigint>;
  /** What the source holds, for estimating what the target will. */
  readonly sourceBytes: number;
  /** Rows that stay in the source, for those that the target has, and that others point to. */
  readonly pointed: readonly PointedRows[];
  /** Where nothing is known of these, each as a sentence. */
  readonly untold: readonly string[];
  /** How many rows stay in the source so, for the loss ledger. */
  readonly stays: readonly Alteration[];
}

/**
 * Reads both catalogs and matches them.
 *
 * @param emptyFits whether the source stands still, so that empty tables stay so, and large values may be looked for
 * @throws TransferError `target-unfit` or `source-refused` with every fault.
 */
export async function prepare(
  source: Source,
  target: Pick<Target, 'schema' | 'catalog'>,
  mapping: TransferMapping,
  runStart: string,
  emptyFits = false,
): Promise<Preparation> {
  const { tables, checks, keys, generated, indexes } = await target.catalog();
  return source.look((catalog) => {
    const result = planTransfer({
      schema: target.schema,
      source: catalog.tables,
      target: tables,
      mapping,
      runStart,
      holdsData: catalog.holdsData,
      emptyFits,
    });
    if (!result.ok) throw misfit(result.faults);
    const plan = emptyFits ? markUnread(result.plan, catalog, source.maxRead) : result.plan;
    if (plan.tables.length === 0) {
      throw new TransferError(
        'source-refused',
        `${source.name} has no table that the target knows: check that it is the right file.`,
      );
    }
    return {
      plan,
      ...catalog.pointedRows(plan, result.kept, tables),
      stays: result.kept.map(({ source: name, target: { name: table } }) => ({
        table,
        key: 'rows of the source',
        column: '*',
        before: `${catalog.countRows(name)}`,
        after: 'left behind, as the rows of the target stay (skip)',
      })),
      checks: checks.filter(({ of }) => of === undefined || !isPlanned(plan, of)),
      keys,
      generated,
      indexes,
      targetTables: tables,
      rules: catalog.rules(plan, tables),
      dependencies: catalog.dependencies(plan, tables),
      highWaterMarks: catalog.highWaterMarks(plan),
      sourceBytes: catalog.bytes,
    };
  });
}

/** Whether a table's rows come with the move: then it is for the source to say which there are. */
function isPlanned({ tables }: TransferPlan, { schema, name }: NonNullable<CheckConstraint['of']>): boolean {
  return tables.some(({ target }) => target.schema === schema && target.name === name);
}

/** The extents of tables under another form of their plan, such as one that excludes rows. */
export function underPlan(plan: TransferPlan, tables: readonly PlannedTable[]): PlannedTable[] {
  return tables.map(({ extent }, i) => ({ table: plan.tables[i] ?? never(), extent }));
}

function never(): never {
  throw new ProgrammingError('a planned table without an extent');
}
