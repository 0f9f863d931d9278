import { setTimeout as sleep } from 'node:timers/promises';
import { refused, TransferError } from '../errors.ts';
import type { TransferPlan } from '../plan/types.ts';
import type { LogPlace, ReadBudget, RowsRead, SourceReader } from '../source/source.ts';
import type { Target } from '../target/target.ts';

/** Lines of the log that are read at once, where the rows that they name are small: so few that writers hardly notice. */
const LINES = 500n;
/** What one read may cost: memory, and time in which others may not be able to commit. */
const BUDGET: ReadBudget = { ms: 20, bytes: 4 << 20 };
/** Of a single line, which cannot be read by halves. */
const UNLIMITED: ReadBudget = { ms: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/**
 * What is in the way may be gone a moment later: somebody writes a row and then the one that it points to, or a value
 * and then a better one. So as long as the log grows, it is looked at again.
 */
const MAX_ATTEMPTS = 10;
const PAUSE = 50;

export interface ApplyOptions {
  readonly reader: SourceReader;
  readonly target: Target;
  readonly runId: string;
  readonly plan: TransferPlan;
  /** The place in the change log up to which the target knows everything. */
  readonly after: bigint;
  /** Keeps the new place, in the transaction that makes it true. */
  readonly keep: (place: LogPlace) => Promise<void>;
  /**
   * Told after each read that did not reach the log's end: as long as others write faster than they are followed, none
   * does. What it throws ends the application, and nothing of it is stored.
   */
  readonly onLag?: (place: bigint, logEnd: bigint) => void;
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
  const { reader, target } = options;
  for (let attempt = 1; ; attempt++) {
    const seen = { logEnd: options.after };
    try {
      return await target.applying(() => applyAll(options, seen));
    } catch (error) {
      const isRefusal = error instanceof TransferError && error.kind === 'source-refused';
      if (!isRefusal || attempt >= MAX_ATTEMPTS) throw error;
      await sleep(PAUSE);
      const { logEnd } = await reader.read([], 'keys');
      if (logEnd.seq === seen.logEnd) throw error;
    }
  }
}

async function applyAll(
  { reader, target, runId, plan, after, keep, onLag }: ApplyOptions,
  seen: { logEnd: bigint },
): Promise<{ place: LogPlace; keys: number }> {
  const stage = target.loader.stage(plan);
  const log = new LoggedRows(reader, plan, after);
  for (let keys = 0; ; ) {
    const { read, logEnd } = await log.next();
    seen.logEnd = logEnd.seq;
    keys += read.reduce((sum, rows) => sum + rows.keys.length, 0);
    for (const { alterations } of read) await target.ledger.insertAlterations(runId, alterations);
    if (logEnd.seq > log.place) {
      await stage.add(read);
      onLag?.(log.place, logEnd.seq);
      continue;
    }
    await stage.applyWith(read);
    await keep(logEnd);
    return { place: logEnd, keys };
  }
}

/** The rows that the log names, some of its lines at a time: as many as may be read at once. */
class LoggedRows {
  /** The place in the log up to which they were read. */
  place: bigint;
  readonly #reader: SourceReader;
  readonly #plan: TransferPlan;
  #lines = LINES;

  constructor(reader: SourceReader, plan: TransferPlan, after: bigint) {
    this.#reader = reader;
    this.#plan = plan;
    this.place = after;
  }

  async next(): Promise<{ read: readonly RowsRead[]; logEnd: LogPlace }> {
    for (let isFirst = true; ; isFirst = false) {
      const upTo = this.place + this.#lines;
      const ranges = this.#plan.tables.map((table) => ({ table, changes: { after: this.place, upTo } }));
      const budget = this.#lines === 1n ? UNLIMITED : BUDGET;
      const { ranges: read, logEnd } = await this.#reader.read(ranges, 'changes', budget);
      if (read.length < ranges.length || read.some(({ stoppedAt }) => stoppedAt !== undefined)) {
        this.#lines /= 2n;
        continue;
      }
      const refusals = read.flatMap((rows) => rows.refusals);
      if (refusals.length > 0) throw refused(refusals);
      this.place = upTo;
      // Where fewer had to be read just now, the next ones may be as large.
      if (isFirst && this.#lines < LINES) this.#lines *= 2n;
      return { read, logEnd };
    }
  }
}
