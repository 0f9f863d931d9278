import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { TransferError } from '../../errors.ts';
import type { TransferPlan } from '../../plan/types.ts';
import type { LogPlace } from '../../source/sqlite/change-log.ts';
import type { Reader } from '../../source/sqlite/readers/pool.ts';
import type { LiveRows } from '../../source/sqlite/readers/protocol.ts';
import { inTransaction } from '../../target/postgres/in-transaction.ts';
import { insertAlterations } from '../../target/postgres/ledger.ts';
import { refused } from './copy.ts';
import { readLive } from './read.ts';
import { Stage } from './stage.ts';

/** Lines of the log that are read at once: so few that writers hardly notice. */
const LINES = 500n;

/**
 * What is in the way may be gone a moment later: somebody writes a row and then the one that it points to, or a value
 * and then a better one. So as long as the log grows, it is looked at again.
 */
const MAX_ATTEMPTS = 10;
const PAUSE = 50;

export interface ApplyOptions {
  readonly reader: Reader;
  readonly client: Client;
  readonly runId: string;
  readonly plan: TransferPlan;
  /** The place in the change log up to which the target knows everything. */
  readonly after: bigint;
  /** Keeps the new place, in the transaction that makes it true. */
  readonly keep: (place: LogPlace) => Promise<void>;
}

/**
 * Makes the target equal to the source as it was at one moment: at the place in the change log that is
 * returned. In one transaction of the target:
 *
 * 1. read some lines of the log and the rows that they name, from one state of the file; put them on a stage, where
 *    they take the place of what an earlier state said of the same keys;
 * 2. again, until a state was read to the end of its log: a row that changed after it was read is named by a line
 *    behind, so the stage now holds what the file held at that moment;
 * 3. remove the rows with all of these keys from the target, and load those that are there now.
 *
 * So the target never holds rows of two states, and unique values may have changed hands. Foreign keys must be
 * deferrable and without actions; they are looked at when all is applied.
 *
 * @throws TransferError `source-refused` where a value or a rule of the target is in the way; it names the row
 */
export async function applyChanges(options: ApplyOptions): Promise<{ place: LogPlace; keys: number }> {
  const { reader, client } = options;
  for (let attempt = 1; ; attempt++) {
    const seen = { logEnd: options.after };
    try {
      return await inTransaction(client, 'BEGIN; SET CONSTRAINTS ALL DEFERRED', () =>
        applyAll(options, seen),
      );
    } catch (error) {
      const isRefusal = error instanceof TransferError && error.kind === 'source-refused';
      if (!isRefusal || attempt >= MAX_ATTEMPTS) throw error;
      await sleep(PAUSE);
      const { logEnd } = await readLive(reader, [], 'keys');
      if (logEnd.seq === seen.logEnd) throw error;
    }
  }
}

async function applyAll(
  { reader, client, runId, plan, after, keep }: ApplyOptions,
  seen: { logEnd: bigint },
): Promise<{ place: LogPlace; keys: number }> {
  const stage = new Stage(client, plan);
  let keys = 0;
  for (let place = after; ; place += LINES) {
    const { read, logEnd } = await readChanges(reader, plan, place);
    seen.logEnd = logEnd.seq;
    keys += read.reduce((sum, rows) => sum + rows.keys.length, 0);
    for (const { alterations } of read) await insertAlterations(client, runId, alterations);
    if (logEnd.seq > place + LINES) {
      await stage.add(read);
      continue;
    }
    await stage.applyWith(read);
    await keep(logEnd);
    return { place: logEnd, keys };
  }
}

async function readChanges(
  reader: Reader,
  plan: TransferPlan,
  place: bigint,
): Promise<{ read: readonly LiveRows[]; logEnd: LogPlace }> {
  const ranges = plan.tables.map((table) => ({ table, changes: { after: place, upTo: place + LINES } }));
  const { ranges: read, logEnd } = await readLive(reader, ranges, 'changes');
  const refusals = read.flatMap((rows) => rows.refusals);
  if (refusals.length > 0) throw refused(refusals);
  return { read, logEnd };
}
