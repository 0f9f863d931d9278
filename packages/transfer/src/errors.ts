import type { RefusedValue } from './plan/rows.ts';

/**
 * Why a transfer or a verification stopped.
 *
 * - `source-unusable`: the file cannot be read as a SQLite database, or not without writing to it.
 * - `source-refused`: values that the target cannot hold; nothing was loaded.
 * - `source-changed`: the file is not the one that the unfinished run began with.
 * - `source-busy`: others write to the file faster than it is followed.
 * - `target-not-empty`: the target holds rows that no run of ours put there.
 * - `target-unfit`: tables, columns, types or privileges are missing.
 * - `unfinished`: a run was left half-way and this call does not continue it.
 * - `locked`: another run holds the lock.
 * - `differences`: verification found differences.
 * - `wrong-state`: the move of a live database is not where this step begins.
 */
export type TransferErrorKind =
  | 'source-unusable'
  | 'source-refused'
  | 'source-changed'
  | 'source-busy'
  | 'target-not-empty'
  | 'target-unfit'
  | 'unfinished'
  | 'locked'
  | 'differences'
  | 'wrong-state';

/** An expected end of a transfer: its message is one sentence that says what, where and what to do next. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  readonly kind: TransferErrorKind;

  constructor(kind: TransferErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** The values that stopped a step, as one sentence. */
export function refused(refusals: readonly RefusedValue[], cause?: unknown): TransferError {
  const [{ table, key, column, reason, value }] = refusals as [RefusedValue];
  const more = refusals.length > 1 ? ` and ${refusals.length - 1} more` : '';
  return new TransferError(
    'source-refused',
    `The source holds a value that the target cannot hold (${table}, ${key}, ${column}: ${reason}, ${value}${more}): mend it in the source, then run the same command again.`,
    { cause },
  );
}
