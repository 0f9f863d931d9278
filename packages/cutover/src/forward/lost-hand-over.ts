import { TransferError } from '@vatevo/transfer';
import type { Move } from '../move.ts';
import type { MoveRecord } from '../server/ledger.ts';

/** What remains to be done with the file. */
export type Purpose = 'move' | 'give-up';

/**
 * Takes a file back that was handed over to a PostgreSQL which is lost, where this one knows nothing of the hand-over:
 * a standby that had not followed so far when it was promoted, or a backup. The file holds everything up to the
 * hand-over, and what was written since was nowhere else than in the one that is lost. Only an operator knows that.
 *
 * @throws TransferError `wrong-state` unless an operator says so
 */
export function takeBack({ file, options }: Move, { state }: MoveRecord, purpose: Purpose): void {
  if (state !== 'reserved' && state !== 'moving') return;
  const record = file.read();
  if (record?.state !== 'handed-over') return;
  if (!options.handOverIsLost) throw lostHandOver(file.file);
  if (purpose === 'move' && record.applied !== null) {
    throw new TransferError(
      'wrong-state',
      `Rows had come back into ${file.file} from the PostgreSQL that is lost, and this one does not know which.`,
      { next: { step: 'abort-lost-and-start' } },
    );
  }
  file.transition('takeBack', state);
}

export function lostHandOver(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `${file} was handed over, and this PostgreSQL knows nothing of it: a standby was promoted that had not followed so far, or a backup was restored. Neither takes writes.`,
    { next: { step: 'recover-or-take-back' } },
  );
}
