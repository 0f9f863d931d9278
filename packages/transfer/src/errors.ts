import type { Decision, SourceDecisions } from './mapping.ts';
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
 * What can be done next, where that is a matter of how this engine is called, with the facts that it takes. Which command
 * or option that is, is for the caller to say.
 *
 * Of a transfer:
 * - `name-file`: name the file that is meant.
 * - `prepare-target`: make the target's tables, or bring them up to date; or `decide`.
 * - `decide`: decide on each of the names, then do the same again.
 * - `tell-free-space`: make room, or say how much there is.
 * - `mend-or-quarantine`: mend the values, or set their rows aside.
 * - `mend-and-start-over`: mend the source, and then discard what is unfinished.
 * - `start-over`: discard what is unfinished.
 * - `restore-or-start-over`: bring the earlier state of the source back, or discard what is unfinished.
 * - `resume`: do the same again with the same source.
 * - `verify`: compare the two, or take an empty target.
 * - `empty-target`: take an empty target, or say whose the tables are that hold rows.
 *
 * Of a move of a live database:
 * - `start`, `finish`, `abort`, `rollback`: do this.
 * - `status`: see how the move stands.
 * - `end-abort`: end what an abort has begun.
 * - `abort-and-start`: give the move up, then begin anew.
 * - `keep-decisions`: do the same again with the decisions of the move, or give it up and begin anew.
 * - `transfer-instead`: stop the writers, and transfer the file.
 * - `check-target-or-abort`: see whether this is the target of the move, or take the file out of it.
 * - `check-target-or-abandon`: see whether it is; where that is lost for good, take the file out without asking it.
 * - `check-both`: see whether these are the two databases of the move.
 * - `name-moved-file`: name the file that the move is of, or see whether this is the target that is meant.
 * - `discard-left-behind`: save what stayed in the target, then say that it may go.
 * - `correct-name`: correct a name that was given for a decision, or leave it out.
 * - `place-or-waive`: see to it that the source has a place for what the target holds, or say what becomes of it.
 * - `copy-all`: go back once more, with every row copied anew.
 * - `change-or-close`: change what the target holds, or end the time in which going back is possible.
 */
export type NextStep =
  | {
      readonly step:
        | 'name-file'
        | 'tell-free-space'
        | 'mend-or-quarantine'
        | 'mend-and-start-over'
        | 'start-over'
        | 'restore-or-start-over'
        | 'resume'
        | 'verify'
        | 'start'
        | 'finish'
        | 'abort'
        | 'rollback'
        | 'status'
        | 'end-abort'
        | 'abort-and-start'
        | 'transfer-instead'
        | 'check-target-or-abort'
        | 'check-target-or-abandon'
        | 'check-both'
        | 'name-moved-file'
        | 'discard-left-behind'
        | 'copy-all'
        | 'change-or-close';
    }
  | {
      readonly step: 'prepare-target' | 'decide';
      readonly leaveBehind: readonly string[];
      /** To be corrected, or left out. */
      readonly needless: readonly Decision[];
    }
  | { readonly step: 'empty-target'; readonly notOurs: readonly string[] }
  | { readonly step: 'keep-decisions'; readonly decisions: SourceDecisions }
  | {
      readonly step: 'correct-name';
      readonly direction: Direction;
      readonly decision: 'leave-behind' | 'not-ours';
      readonly name: string;
    }
  | {
      readonly step: 'place-or-waive';
      readonly direction: Direction;
      readonly leaveBehind: readonly string[];
      readonly notOurs: readonly string[];
      /** Migrations of the target that this release does not know. */
      readonly newer: readonly string[];
    };

/** Which way a live database is moved. */
export type Direction = 'forward' | 'failback';

export interface TransferErrorOptions extends ErrorOptions {
  readonly next?: NextStep | undefined;
}

/** An expected end of a transfer: its message is a sentence that says what, where and why. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  readonly kind: TransferErrorKind;
  readonly next: NextStep | undefined;

  constructor(kind: TransferErrorKind, message: string, { next, ...options }: TransferErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.next = next;
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
