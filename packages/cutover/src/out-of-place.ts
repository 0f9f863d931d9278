import type { FileState } from '@vatevo/cutover-state';
import { TransferError } from '@vatevo/transfer';

/*
 * A file and a PostgreSQL that do not belong together any more, because one of them went on without the other.
 */

const UNKNOWN = {
  capturing: ['logs its writes for', 'goes on'],
  // It may be that of a hand-over which another database has made.
  fenced: ['is fenced for', 'may have taken over'],
  'handed-over': ['was handed over in', 'has taken over'],
} as const;

export function unknownMove(file: string, state: Exclude<FileState, 'released'>): TransferError {
  const [is, does] = UNKNOWN[state];
  return new TransferError(
    'wrong-state',
    `${file} ${is} a move that this database knows nothing of, and the database of that move ${does}.`,
    { next: { step: 'check-target-or-abandon', handedOver: state === 'handed-over' } },
  );
}

/** What a file is for that PostgreSQL has gone back past, into another one. */
export function failedBackElsewhere(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `${file} was handed over, and PostgreSQL has failed back to another file since, which has every write: this one stays as it was at the hand-over, and takes no writes.`,
    { next: { step: 'name-primary-file' } },
  );
}

/** The file of a move that takes writes, although PostgreSQL has taken over. */
export function bothTakeWrites(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `${file} takes writes, and so does PostgreSQL, which it was handed over to: a standby was promoted that had not followed up to a failback, or either was put back to what it was before.`,
    { next: { step: 'stop-one' } },
  );
}

export function rowsGone(): TransferError {
  return new TransferError('wrong-state', 'The rows of this move are not in the target any more.', {
    next: { step: 'abort-and-start' },
  });
}

export function earlierRelease(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `The move of ${file} was begun by an earlier release, whose log cannot show whether the file lost changes meanwhile.`,
    { next: { step: 'abort-and-start' } },
  );
}

export function logsNothing(file: string): TransferError {
  return new TransferError(
    'source-changed',
    `${file} logs no changes any more, so what was written since cannot be known.`,
    { next: { step: 'abort-and-start' } },
  );
}
