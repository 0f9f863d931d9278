import { TransferError } from '@vatevo/transfer';
import type { FileRecord } from '../file/ledger.ts';
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
  if (record === undefined) return;
  const isHandedOver = record.state === 'handed-over';
  if (isHandedOver && !options.handOverIsLost) throw lostHandOver(file.file, record);
  // Also where giving up was interrupted when the file had been taken back.
  if (purpose === 'move' && holdsReturnedRows(record)) throw returnedRows(file.file);
  if (isHandedOver) file.transition('takeBack', state);
}

/** What stands in the way of a move that PostgreSQL has not taken over, as far as it knows. */
export function refuseLostHandOver(file: string, record: FileRecord): void {
  if (record.state === 'handed-over') throw lostHandOver(file, record);
  if (holdsReturnedRows(record)) throw returnedRows(file);
}

/** Whether rows came into the file from a PostgreSQL that had taken over. They are in no log of the file. */
const holdsReturnedRows = ({ applied }: FileRecord) => applied !== null;

function returnedRows(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `Rows had come back into ${file} from the PostgreSQL that is lost, and this one does not know which.`,
    { next: { step: 'abort-lost-and-start' } },
  );
}

function lostHandOver(file: string, record: FileRecord): TransferError {
  return new TransferError(
    'wrong-state',
    `${file} was handed over, and this PostgreSQL knows nothing of it: a standby was promoted that had not followed so far, or a backup was restored. Neither takes writes.`,
    { next: { step: 'recover-or-take-back', canMoveOn: !holdsReturnedRows(record) } },
  );
}
