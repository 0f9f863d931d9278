import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { TransferError } from '../errors.ts';
import type { ColumnPlan, TablePlan, TransferPlan } from '../plan/types.ts';
import { brokenRule } from '../postgres/broken-rule.ts';
import { inTransaction } from '../postgres/in-transaction.ts';
import { insertAlterations } from '../postgres/ledger.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import type { Reader } from '../readers/pool.ts';
import { copyRows, refused } from './copy.ts';
import { readLive } from './read.ts';

/** Lines of the log that are read at once: so few that writers hardly notice. */
const LINES = 500n;

/** Attempts where a unique key seems broken only because two rows were read at different times. */
const MOST_ATTEMPTS = 10;
const PAUSE = 50;

export interface ApplyOptions {
  readonly reader: Reader;
  readonly client: Client;
  readonly runId: string;
  readonly plan: TransferPlan;
  /** The place in the change log up to which the target knows everything. */
  readonly after: bigint;
  /** Keeps the new place, in the transaction that makes it true. */
  readonly keep: (place: bigint) => Promise<void>;
}

/**
 * Makes the target equal to the source as it was at one moment: at the place in the change log that is
 * returned. In one transaction of the target:
 *
 * 1. remove the rows that the log names from the target, so that none of them holds on to a unique value;
 * 2. read some lines of the log and the rows that they name, from one state of the file;
 * 3. remove the rows with these keys from the target, and load those that are there now;
 * 4. again, until a state was read to the end of its log.
 *
 * A row that changed after it was read is named by a line behind, so it is read again; therefore the last
 * state that was read is what the target holds. Foreign keys are looked at when all of it is there.
 *
 * @throws TransferError `source-refused` where a value or a rule of the target is in the way
 */
export async function applyChanges(options: ApplyOptions): Promise<{ place: bigint; keys: number }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(options.client, 'BEGIN; SET CONSTRAINTS ALL DEFERRED', () =>
        applyAll(options),
      );
    } catch (error) {
      const broken = brokenRule(error, options.plan.tables);
      if (broken === undefined) throw error;
      // Unique keys cannot be deferred: see MOST_ATTEMPTS.
      if ((error as { code?: string }).code === '23505' && attempt < MOST_ATTEMPTS) {
        await sleep(PAUSE);
        continue;
      }
      throw new TransferError(
        'source-refused',
        `The source's rows break a rule of the target (${broken}): mend them in the source, then run the same command again.`,
        { cause: error },
      );
    }
  }
}

async function applyAll(options: ApplyOptions) {
  const { reader, client, runId, plan, after, keep } = options;
  await removeAll(options);
  let place = after;
  let keys = 0;
  for (;;) {
    const upTo = place + LINES;
    const ranges = plan.tables.map((table) => ({ table, changes: { after: place, upTo } }));
    const { ranges: read, logEnd } = await readLive(reader, ranges, 'changes');
    for (const [i, found] of read.entries()) {
      if (found.refusals.length > 0) throw refused(found.refusals);
      await removeRows(client, plan.tables[i] as TablePlan, found.keys);
      keys += found.keys.length;
    }
    for (const [i, found] of read.entries()) {
      await copyRows(client, plan.tables[i] as TablePlan, found);
      await insertAlterations(client, runId, found.alterations);
    }
    if (logEnd <= upTo) {
      await keep(logEnd);
      return { place: logEnd, keys };
    }
    place = upTo;
  }
}

async function removeAll({ reader, client, plan, after }: ApplyOptions): Promise<void> {
  for (let place = after; ; place += LINES) {
    const upTo = place + LINES;
    const ranges = plan.tables.map((table) => ({ table, changes: { after: place, upTo } }));
    const { ranges: read, logEnd } = await readLive(reader, ranges, 'keys');
    for (const [i, { keys }] of read.entries()) await removeRows(client, plan.tables[i] as TablePlan, keys);
    if (logEnd <= upTo) return;
  }
}

async function removeRows(
  client: Client,
  table: TablePlan,
  keys: readonly (readonly (string | null)[])[],
): Promise<void> {
  if (keys.length === 0) return;
  const { where, values } = matchKeys(table, keys);
  await client.query(`DELETE FROM ${quoteQualified(table.target)} r WHERE ${where}`, values);
}

/** That a row `r` of the target has one of the keys, given as printed values. */
export function matchKeys(
  table: TablePlan,
  keys: readonly (readonly (string | null)[])[],
): { where: string; values: (string | null)[][] } {
  const columns = table.identity.map((i) => table.columns[i] as ColumnPlan);
  const names = columns.map((column) => `r.${quoteName(column.target)}`);
  const arrays = columns.map((column, i) => `$${i + 1}::text[]::${column.type.sql}[]`);
  return {
    where: `(${names.join(', ')}) IN (SELECT * FROM unnest(${arrays.join(', ')}))`,
    values: columns.map((_, i) => keys.map((key) => key[i] ?? null)),
  };
}
