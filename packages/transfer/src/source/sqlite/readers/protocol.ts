import type { TransferErrorKind } from '../../../errors.ts';
import type {
  CheckResult,
  EncodeResult,
  LogPlace,
  ReadBudget,
  ReadResult,
  ReadResults,
  ReadTask,
  RowRange,
  Wanted,
} from '../../source.ts';

/**
 * A piece of work on a file that others write to. Its rows are read in one short read transaction, because in
 * a rollback journal's mode nobody can commit meanwhile; it stops when `budget` is used up.
 */
export interface LiveTask {
  readonly kind: 'live';
  /** Read one after the other from one state of the file. */
  readonly ranges: readonly RowRange[];
  /** A place that the change log must hold, or nothing is read. */
  readonly since?: LogPlace | undefined;
  /**
   * - `check`: runs every value through its codec.
   * - `encode`: the same, and gives the rows in binary COPY format.
   * - `digest`: gives each row's key and digest, computed as the verification does.
   * - `packed-digest`: the same of a table whose rowid is its key, packed.
   * - `checksum`: gives each row's rowid and the CRC-32 of its record, read from the file's pages.
   * - `keys`: gives the keys that the change log names.
   * - `changes`: the same, and the rows of these keys that are there, in binary COPY format. Where the budget did not
   *   suffice, what came out is worth nothing: fewer lines of the log have to be asked for.
   */
  readonly want: Wanted;
  readonly budget: ReadBudget;
  /** The same with a write-ahead log, where readers are in nobody's way; as above when omitted. */
  readonly budgetBesideLog?: ReadBudget;
  /** Whether rows may be read from a copy of their pages when the file is let go; they may when omitted. */
  readonly mayCopy?: boolean;
}

/**
 * What a reader thread can be told to do, beside what every source can be asked:
 *
 * - `check`: runs every value through its codec; `keep`, and writes the rows where it says in binary COPY format.
 * - `encode`: the same for rows that have passed it, and hands over the rows in binary COPY format.
 * - `live`: a short piece of work on a file that others write to.
 */
export type ThreadTask =
  | ReadTask
  | { readonly kind: 'check'; readonly range: RowRange; readonly keep?: SpoolPlace }
  | { readonly kind: 'encode'; readonly range: RowRange }
  | LiveTask;

export interface ThreadResults extends ReadResults {
  check: KeptCheckResult;
  encode: EncodeResult;
  live: ReadResult & {
    /** Whether a copy could not be read: nothing was, then, and it has to be read within the transaction. */
    readonly isToBeReadAgain?: boolean;
  };
}

/** What a short read meant for those who write to the file. */
export interface ReadCost {
  /** Milliseconds for which nobody else could commit. */
  readonly heldMs: number;
  /** A number that this thread saw before, if nobody else has written since. */
  readonly version: number;
  /** The change log's last place in the state that was read. */
  readonly logEnd: LogPlace;
}

/** Where encoded rows are written to. */
export interface SpoolPlace {
  /** A descriptor, which all threads share. */
  readonly file: number;
  readonly at: number;
  /** Bytes that there is room for. */
  readonly room: number;
}

export interface KeptCheckResult extends CheckResult {
  /** What lies at the place that was to be kept; undefined when a row was refused or there was no room. */
  readonly kept?: EncodeResult;
  /** Whether there was no room for it. */
  readonly spoolIsFull?: boolean;
}

/** Refusals that the result of a range lists at the most; all are counted. */
export const MAX_REFUSALS_A_RANGE = 10_000;

/** What a reader thread is given before it is told to do anything. */
export interface ReaderStart {
  readonly kind: 'begin';
  readonly file: string;
  /** One int32: bytes handed over and not yet taken off. The reader waits while they are too many. */
  readonly inFlight: SharedArrayBuffer;
  /** One int32 that all readers share: whoever works on a large value holds it. */
  readonly turn: SharedArrayBuffer;
}

/** A chunk that is larger goes alone, so that memory follows the largest value and not a multiple of it. */
export const MAX_BYTES_IN_FLIGHT: number = 3 * 1024 * 1024;

/**
 * - a file, from which on the thread reads that one;
 * - `open`: opens the file, and begins a read transaction, which lasts until the next `open` or `release`;
 * - `release`: lets the file go, with all that is known of it;
 * - a task.
 */
export type ToReader = ReaderStart | 'open' | 'release' | ThreadTask;

export type FromReader =
  | { readonly type: 'open' | 'released' }
  | { readonly type: 'progress'; readonly rows: number; readonly bytes: number; readonly chunk?: Uint8Array }
  /** A file that others write to is let go, though the result is still to be made. */
  | { readonly type: 'free'; readonly cost: ReadCost }
  | { readonly type: 'done'; readonly result: ThreadResults[keyof ThreadResults] }
  | { readonly type: 'failed'; readonly error: ReaderFailure };

export type Send = (message: FromReader, transfer?: ArrayBuffer[]) => void;

/** An error's parts that survive the way between threads. */
export interface ReaderFailure {
  readonly message: string;
  readonly kind?: TransferErrorKind;
  /** SQLite's, e.g. `SQLITE_CORRUPT`. */
  readonly code?: string;
}
