import { setTimeout as sleep } from 'node:timers/promises';
import { refused, TransferError } from '../errors.ts';
import type { Alteration } from '../plan/rows.ts';
import type { TransferPlan } from '../plan/types.ts';
import type { LogPlace, ReadBudget, RowRange, RowsRead, SourceReader } from '../source/source.ts';
import { restOf } from '../source/steps.ts';
import type { KeyedRows, Target } from '../target/target.ts';

/** Lines of the log whose rows are read together. */
const LINES = 500n;
/** The same where so many are left: of a row that is named again and again only what it is now is of use. */
const FAR = 5_000n;
/** What one read may cost: memory, and time in which others may not be able to commit. */
const BUDGET: ReadBudget = { ms: 20, bytes: 4 << 20 };

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
 * 1. read some lines of the log and the rows that they name, in as many short reads as it takes; put them on a stage,
 *    where they take the place of what an earlier state said of the same keys;
 * 2. again, until a read reached the end of the log: a row that changed after it was read is named by a line
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
    const { read, alterations, logEnd } = await log.next();
    seen.logEnd = logEnd.seq;
    keys += read.reduce((sum, rows) => sum + rows.keys.length, 0);
    await target.ledger.insertAlterations(runId, alterations);
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

/** What a read has not come to. */
const UNREAD: KeyedRows = { keys: [], data: [], rows: 0 };

/**
 * The rows that the log names, some of its lines at a time, and of these lines as many rows as may be read at once.
 *
 * Where it takes several reads, they are of several states of the file. That does no harm, as the lines lie before the end
 * of the log at the first of them: what changes from then on is named behind, and read once more.
 */
class LoggedRows {
  /** The place in the log up to which all rows were read. */
  place: bigint;
  readonly #reader: SourceReader;
  readonly #tables: TransferPlan['tables'];
  #lines = LINES;
  /** The last of the lines that are being read; undefined where none are. */
  #upTo: bigint | undefined;
  /** Of the tables those that were read, and the last row that was read of the next one. */
  #done = 0;
  #stoppedAt: RowsRead['stoppedAt'];

  constructor(reader: SourceReader, { tables }: TransferPlan, after: bigint) {
    this.#reader = reader;
    this.#tables = tables;
    this.place = after;
  }

  /** @returns rows by the tables of the plan; keys come with the first rows of a table */
  async next(): Promise<{
    read: readonly KeyedRows[];
    alterations: readonly Alteration[];
    logEnd: LogPlace;
  }> {
    const changes = { after: this.place, upTo: this.#upTo ?? this.place + this.#lines };
    const ranges = this.#tables.slice(this.#done).map((table): RowRange => ({ table, changes }));
    const stoppedAt = this.#stoppedAt;
    const { ranges: found, logEnd } = await (stoppedAt === undefined
      ? this.#reader.read(ranges, 'changes', BUDGET)
      : this.#reader.read(
          ranges.slice(0, 1).map((range) => restOf(range, stoppedAt)),
          'encode',
          BUDGET,
        ));
    const refusals = found.flatMap((rows) => rows.refusals);
    if (refusals.length > 0) throw refused(refusals);
    const read = this.#tables.map((_, i) => found[i - this.#done] ?? UNREAD);
    if (this.#upTo === undefined) {
      this.#upTo = changes.upTo;
      if (logEnd.seq < this.#upTo) this.#upTo = logEnd.seq;
    }
    this.#goOn(found, logEnd.seq);
    return { read, alterations: found.flatMap((rows) => rows.alterations), logEnd };
  }

  #goOn(found: readonly RowsRead[], logEnd: bigint): void {
    const stoppedAt = found.at(-1)?.stoppedAt;
    this.#stoppedAt = stoppedAt;
    this.#done += stoppedAt === undefined ? found.length : found.length - 1;
    if (this.#done < this.#tables.length || this.#upTo === undefined) return;
    this.place = this.#upTo;
    this.#upTo = undefined;
    this.#done = 0;
    this.#lines = logEnd - this.place > FAR ? FAR : LINES;
  }
}
