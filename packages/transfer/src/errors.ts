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
 * - `target-silent`: the server gave no sign of life while writers of the source had to wait for it.
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
  | 'target-silent'
  | 'unfinished'
  | 'locked'
  | 'differences'
  | 'wrong-state';

/**
 * What can be done next, where that is a matter of how this engine is called. Which command or option that is, is for the
 * caller to say.
 *
 * - `name-file`: name the file that is meant.
 * - `prepare-target`: make the target's tables, or bring them up to date.
 * - `decide`: decide on each of the names, then do the same again.
 * - `tell-free-space`: make room, or say how much there is.
 * - `mend-or-quarantine`: mend the values, or set their rows aside.
 * - `mend-and-start-over`: mend the source, and then discard what is unfinished.
 * - `start-over`: discard what is unfinished.
 * - `restore-or-start-over`: bring the earlier state of the source back, or discard what is unfinished.
 * - `resume`: do the same again with the same source.
 * - `verify`: compare the two, or take an empty target.
 */
export type NextStep =
  | 'name-file'
  | 'prepare-target'
  | 'decide'
  | 'tell-free-space'
  | 'mend-or-quarantine'
  | 'mend-and-start-over'
  | 'start-over'
  | 'restore-or-start-over'
  | 'resume'
  | 'verify';

export interface TransferErrorOptions extends ErrorOptions {
  readonly next?: NextStep;
  /** What the next step is about, in the source's names. */
  readonly names?: readonly string[];
}

/** An expected end of a transfer: its message is a sentence that says what, where and why. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  readonly kind: TransferErrorKind;
  readonly next: NextStep | undefined;
  readonly names: readonly string[];

  constructor(
    kind: TransferErrorKind,
    message: string,
    { next, names = [], ...options }: TransferErrorOptions = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.next = next;
    this.names = names;
  }
}

/** Something that cannot be: this program is at fault, and neither of the two databases. Never an expected end. */
export class ProgrammingError extends Error {
  override readonly name = 'ProgrammingError';
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
