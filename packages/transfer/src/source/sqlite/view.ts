import type { TransferPlan } from '../../plan/types.ts';
import type {
  DoneRange,
  LogPlace,
  PlannedTable,
  ReadResults,
  ReadTask,
  RowRange,
  SourceReader,
  SourceView,
} from '../source.ts';
import type { ReaderThread } from './readers/thread.ts';

/** What both ways of reading a file have in common: readers in threads, and how work is shared among them. */
export abstract class View<Reader extends SourceReader> implements SourceView {
  readonly size: number;
  abstract readonly standsStill: boolean;
  readonly #threads: readonly ReaderThread[];
  readonly #readers: readonly Reader[];

  protected constructor(
    threads: readonly ReaderThread[],
    toReader: (thread: ReaderThread, slot: number) => Reader,
  ) {
    this.#threads = threads;
    this.#readers = threads.map(toReader);
    this.size = threads.length;
  }

  abstract get seen(): LogPlace | undefined;
  abstract cut(tables: readonly PlannedTable[], done?: readonly DoneRange[], widest?: bigint): RowRange[];

  async measure(plan: TransferPlan, roughly = false): Promise<PlannedTable[]> {
    const measured: PlannedTable[] = [];
    await this.runAll([...plan.tables.entries()], async ([index, table], reader) => {
      measured[index] = { table, extent: await reader.run({ kind: 'extent', table, roughly }) };
    });
    return measured;
  }

  async runAll<Item>(
    items: readonly Item[],
    work: (item: Item, reader: Reader, slot: number) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    let failed = false;
    await Promise.all(
      this.#readers.map(async (reader, slot) => {
        while (!failed && next < items.length) {
          try {
            await work(items[next++] as Item, reader, slot);
          } catch (error) {
            failed = true;
            throw error;
          }
        }
      }),
    );
  }

  async runEverywhere(task: ReadTask): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.run(task)));
  }

  withReader<Result>(work: (reader: Reader) => Promise<Result>): Promise<Result> {
    return work(this.#readers[0] as Reader);
  }

  async runOnce<Task extends ReadTask>(task: Task): Promise<ReadResults[Task['kind']]> {
    return (this.#readers[0] as Reader).run(task);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }
}
