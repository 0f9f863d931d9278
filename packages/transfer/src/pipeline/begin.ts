import { TransferError } from '../errors.ts';
import type { TransferPlan } from '../plan/types.ts';
import type { Run, Target, TargetName } from '../target/target.ts';

export interface BeginOptions {
  /** What else is done under the lock, before the tables are looked at. @returns others that must be empty, too */
  readonly underLock?: () => Promise<readonly TargetName[]>;
  /** What else is entered, while indexes and keys are still in place. */
  readonly record?: (runId: string) => Promise<void>;
  /** Whether tables may belong to another application. */
  readonly others?: boolean;
}

/**
 * Begins a run in the open transaction: takes the tables, which must be empty, enters them in the ledger as they are,
 * silences their triggers, and defers indexes and keys.
 *
 * @returns the run's id
 */
export async function beginRun(
  target: Target,
  run: Omit<Run, 'id' | 'state'>,
  { underLock, record, others = false }: BeginOptions = {},
): Promise<string> {
  const { ledger, loader, deferred } = target;
  const { plan } = run;
  const tables = plan.tables.map((table) => table.target);
  await ledger.create();
  await loader.lock(tables);
  const alsoEmpty = (await underLock?.()) ?? [];
  await refuseRows(target, [...emptyTables(plan), ...alsoEmpty], others);
  await refuseRowsOntoSeeds(target, plan);
  await deferred.validate(plan);
  const id = await ledger.insertRun(run);
  await ledger.recordStructure(id, tables);
  await record?.(id);
  await loader.silence(id, tables);
  await deferred.defer(id, plan);
  await replaceSeeds(target, id, plan);
  return id;
}

/** The tables that must hold no row when a run begins. */
export function emptyTables({ tables, replaced = [] }: TransferPlan): TargetName[] {
  return tables
    .map(({ target }) => target)
    .filter(({ schema, name }) => !replaced.some((one) => one.schema === schema && one.name === name));
}

/** @throws TransferError `target-unfit` where rows that stay point to rows that are to go */
export async function refuseRowsOntoSeeds({ fitness }: Target, plan: TransferPlan): Promise<void> {
  const found = await fitness.rowsOntoSeeds(plan);
  if (found.length > 0)
    throw new TransferError('target-unfit', `Rows of the target cannot be replaced: ${found.join('; ')}.`);
}

async function replaceSeeds({ loader, ledger }: Target, runId: string, plan: TransferPlan): Promise<void> {
  const removed = await loader.setSeedsAside(runId, plan.replaced ?? []);
  await ledger.insertAlterations(
    runId,
    removed.map(({ table, rows, keptIn }) => ({
      table,
      key: 'rows of the target',
      column: '*',
      before: `${rows}`,
      after: `removed, and kept in ${keptIn}`,
    })),
  );
}

/**
 * @param others whether tables may belong to another application
 * @throws TransferError `target-not-empty` when a table holds a row
 */
export async function refuseRows(
  { loader }: Target,
  tables: readonly TargetName[],
  others = false,
): Promise<void> {
  for (const table of tables) {
    if (!(await loader.holdsRows(table))) continue;
    throw new TransferError(
      'target-not-empty',
      `Table ${table.name} of the target already holds rows that no transfer put there, and nothing is ever overwritten.`,
      {
        next: {
          step: 'empty-target',
          notOurs: others ? [table.name] : [],
          ...(!others && { seeded: table.name }),
        },
      },
    );
  }
}

/**
 * Refuses a move that leaves rows behind for those of a table that has none.
 *
 * @throws TransferError `target-unfit` with every such table
 */
export async function refuseNeedlessSkips({ loader }: Target, { skipped = [] }: TransferPlan): Promise<void> {
  const empty: string[] = [];
  for (const table of skipped) if (!(await loader.holdsRows(table))) empty.push(table.name);
  if (empty.length === 0) return;
  throw new TransferError(
    'target-unfit',
    `The rows that the target has were to stay in ${empty.join(', ')}, which holds none: take "seeded" out of the mapping there, and those of the source are loaded.`,
  );
}

/** Now, in the form in which a run keeps when it began. */
export function runStartNow(): string {
  return new Date().toISOString().replace('T', ' ').replace('Z', '000');
}
