import type { Decision, SourceDecisions } from './mapping.ts';
import type { RefusedValue } from './plan/rows.ts';

/**
 * Why a transfer or a verification stopped.
 *
 * - `source-unusable`: the file cannot be read as a SQLite database, or not without writing to it.
 * - `source-refused`: values that the target cannot hold; nothing was loaded.
 * - `source-changed`: the file is not the one that the unfinished run began with.
 * - `source-busy`: others write faster than they are followed.
 * - `target-not-empty`: the target holds rows that no run of ours put there.
 * - `target-unfit`: tables, columns, types or privileges are missing.
 * - `target-silent`: the server gave no sign of life while writers of the source had to wait for it.
 * - `unfinished`: a run was left half-way and this call does not continue it.
 * - `no-room`: this machine has no room for what a run keeps beside the two databases.
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
  | 'no-room'
  | 'locked'
  | 'differences'
  | 'wrong-state';

/**
 * What can be done next, where that is a matter of how this engine is called, with the facts that it takes. Which command
 * or option that is, and what words it takes, is for the caller to say. The first are of transfers, the others (from
 * `start` on) of the move of a live database. `check-…` means that a database may be another one than is meant;
 * `place-or-waive`, that the source has no place for what the target holds.
 */
export type NextStep =
  | {
      readonly step:
        | 'name-file'
        | 'tell-free-space'
        | 'make-room'
        | 'fix-or-quarantine'
        | 'fix-and-start-over'
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
        | 'recover-or-abandon'
        | 'abort-lost-and-start'
        | 'name-primary-file'
        | 'stop-one'
        | 'name-new-file'
        | 'check-both'
        | 'name-moved-file'
        | 'discard-left-behind'
        | 'by-hand'
        | 'copy-all'
        | 'change-or-close';
    }
  | {
      readonly step: 'prepare-target' | 'decide';
      readonly leaveBehind: readonly string[];
      /** To be corrected, or left out. */
      readonly needless: readonly Decision[];
    }
  | { readonly step: 'check-target-or-abandon'; readonly handedOver: boolean }
  /** `canMoveOn`: whether the move can go on from the file, and need not be given up. */
  | { readonly step: 'recover-or-take-back'; readonly canMoveOn: boolean }
  /** `seeded`: a table of which a mapping may say what becomes of its rows. */
  | { readonly step: 'empty-target'; readonly notOurs: readonly string[]; readonly seeded?: string }
  | { readonly step: 'keep-decisions'; readonly decisions: SourceDecisions }
  /** Of each column any one of the decisions helps, or the SQL in the target, or to leave the target's column out. */
  | {
      readonly step: 'decide-forms';
      readonly columns: readonly {
        readonly place: string;
        readonly decide: readonly Readonly<Record<string, string>>[];
        readonly sql?: string;
        readonly unfilled?: string;
      }[];
    }
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

/** The code of an error of SQLite or of the system; empty where it has none. */
export function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | null | undefined)?.code ?? '');
}

/**
 * The values that stopped a step, as one sentence.
 *
 * @param next what to do beside fixing them; without it the same command goes on when they are fixed
 */
export function refused(
  refusals: readonly RefusedValue[],
  { next, ...options }: TransferErrorOptions = {},
): TransferError {
  const [{ table, key, column, reason, value }] = refusals as [RefusedValue];
  const more = refusals.length > 1 ? ` and ${refusals.length - 1} more` : '';
  const again = next ? '' : ': fix it in the source, then run the same command again';
  return new TransferError(
    'source-refused',
    `The source holds a value that the target cannot hold (${table}, ${key}, ${column}: ${reason}, ${value}${more})${again}.`,
    { ...options, next },
  );
}
