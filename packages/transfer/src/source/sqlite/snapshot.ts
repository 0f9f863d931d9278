import { COPY_HEADER, COPY_TRAILER } from '../../column-types/encode/copy-writer.ts';
import { TransferError } from '../../errors.ts';
import type {
  Batch,
  CheckResult,
  DoneRange,
  EncodeResult,
  OnRows,
  PlannedTable,
  ReadBudget,
  ReadResult,
  ReadResults,
  ReadTask,
  RowRange,
  Snapshot,
  SourceReader,
  Wanted,
} from '../source.ts';
import { EVERYWHERE } from '../steps.ts';
import { snapshotMark } from './fingerprint.ts';
import { unusable } from './open.ts';
import { cutRanges } from './ranges.ts';
import { Spool } from './readers/spool.ts';
import type { ReaderThread } from './readers/thread.ts';
import type { ReaderThreads } from './readers/threads.ts';
import { View } from './view.ts';

/** Attempts to open every reader between two commits of a busy writer. */
const MAX_ATTEMPTS = 100;

/**
 * One state of a file: each reader holds it in a read transaction until it is closed.
 */
export class FileSnapshot extends View<SnapshotReader> implements Snapshot {
  readonly standsStill = true;
  readonly #kept: { spool?: Spool | undefined };

  private constructor(threads: readonly ReaderThread[]) {
    const kept = {};
    super(threads, (thread, slot) => new SnapshotReader(thread, slot, kept));
    this.#kept = kept;
  }

  /**
   * Opens `size` readers on the same state of the file. Nobody is locked out for it: the readers are opened,
   * and if a commit fell in between they are opened again.
   *
   * @param from where the threads come from, and go to when it is closed
   * @throws TransferError `source-unusable` when the file cannot be read, or never stood still.
   */
  static async open(file: string, size: number, from: ReaderThreads): Promise<FileSnapshot> {
    const threads = from.take(file, size);
    try {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        // The first one makes SQLite create what its readers share (the wal-index).
        await threads[0]?.open();
        const before = snapshotMark(file);
        for (const thread of threads) await thread.open();
        if (snapshotMark(file) === before) return new FileSnapshot(threads);
      }
    } catch (error) {
      await Promise.all(threads.map((thread) => thread.stop()));
      throw unusable(file, error);
    }
    await Promise.all(threads.map((thread) => thread.stop()));
    throw new TransferError(
      'source-unusable',
      `${file} is written to faster than its readers can be opened: stop the writers, or move the live system with a cutover.`,
    );
  }

  get seen(): undefined {
    return undefined;
  }

  cut(tables: readonly PlannedTable[], done: readonly DoneRange[] = []): RowRange[] {
    const keys = new Set(done.map((range) => `${range.table}|${range.lowest}`));
    return cutRanges(tables).filter(
      ({ table, bounds = EVERYWHERE }) => !keys.has(`${table.target.name}|${bounds.lowest}`),
    );
  }

  keepEncoded(bytes: number): void {
    this.#kept.spool ??= Spool.open(bytes);
  }

  dropEncoded(): void {
    this.#kept.spool?.close();
  }

  override async close(): Promise<void> {
    await super.close();
    // Behind the readers, who write to it.
    this.dropEncoded();
  }
}

class SnapshotReader implements SourceReader {
  readonly #thread: ReaderThread;
  readonly #slot: number;
  readonly #kept: { readonly spool?: Spool | undefined };
  /** Settled when the thread has come to the end of a range, which the server may have refused long before. */
  #encoded: Promise<unknown> = Promise.resolve();

  constructor(thread: ReaderThread, slot: number, kept: { readonly spool?: Spool | undefined }) {
    this.#thread = thread;
    this.#slot = slot;
    this.#kept = kept;
  }

  run<Task extends ReadTask>(task: Task): Promise<ReadResults[Task['kind']]> {
    return this.#thread.run(task) as Promise<ReadResults[Task['kind']]>;
  }

  async check(range: RowRange, keep: boolean, onRows: OnRows): Promise<CheckResult> {
    const { spool } = this.#kept;
    const place = keep ? spool?.place(this.#slot) : undefined;
    const task = { kind: 'check', range, ...(place && { keep: place }) } as const;
    const result = await this.#thread.run(task, { onProgress: onRows });
    if (result.kept) spool?.add(this.#slot, range, result.kept);
    if (result.spoolIsFull) spool?.fill();
    return result;
  }

  async *encode(range: RowRange, onRows: OnRows): AsyncGenerator<Batch> {
    await this.#encoded;
    const { spool } = this.#kept;
    const spooled = spool?.take(range);
    const encoded =
      spool && spooled
        ? sendSpooled(spool.read(this.#slot, spooled), spooled, onRows)
        : streamRange(this.#thread, range, onRows);
    this.#encoded = encoded.result.catch(() => undefined);
    yield { ...encoded, bounds: range.bounds ?? EVERYWHERE };
  }

  /** Nobody is held up: without a budget of the caller's own, all of it is read at once. */
  read(ranges: readonly RowRange[], want: Wanted, budget: ReadBudget = UNLIMITED): Promise<ReadResult> {
    return this.#thread.run({ kind: 'live', ranges, want, budget });
  }
}

const UNLIMITED: ReadBudget = { ms: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

function sendSpooled(
  spooled: AsyncIterable<Uint8Array>,
  result: EncodeResult,
  onRows: OnRows,
): Omit<Batch, 'bounds'> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield COPY_HEADER;
    for await (const chunk of spooled) {
      yield chunk;
      onRows(0, chunk.length);
    }
    yield COPY_TRAILER;
    onRows(result.rows, 0);
  }
  return { chunks: chunks(), result: Promise.resolve(result) };
}

/** Connects a reader's pushed chunks to a pulled stream: a chunk counts as taken when the stream asks for more. */
function streamRange(thread: ReaderThread, range: RowRange, onRows: OnRows): Omit<Batch, 'bounds'> {
  const queue: { chunk: Uint8Array; taken: () => void }[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  let abandoned = false;
  const result = thread
    .run(
      { kind: 'encode', range },
      {
        onProgress: onRows,
        onChunk: (chunk) =>
          new Promise((taken) => {
            if (abandoned) taken();
            else queue.push({ chunk, taken });
            wake();
          }),
      },
    )
    .finally(() => {
      ended = true;
      wake();
    });
  // The stream below reports a failure; nobody else may be listening yet.
  result.catch(() => undefined);

  async function* chunks(): AsyncGenerator<Uint8Array> {
    let next: (typeof queue)[number] | undefined;
    try {
      yield COPY_HEADER;
      for (;;) {
        next = queue.shift();
        if (next !== undefined) {
          yield next.chunk;
          next.taken();
        } else if (ended) break;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      await result;
      yield COPY_TRAILER;
    } finally {
      // Who does not want the rest must not keep the reader from its end: it has other work to do.
      abandoned = true;
      for (const { taken } of next ? [next, ...queue] : queue) taken();
    }
  }
  return { chunks: chunks(), result };
}
