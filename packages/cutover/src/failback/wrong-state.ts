import { TransferError } from '@vatevo/transfer';
import type { Aftermath } from '../forward/differences.ts';
import type { MoveRecord } from '../server/ledger.ts';

export function refuseOtherThan(
  record: MoveRecord | undefined,
  states: readonly MoveRecord['state'][],
): asserts record is MoveRecord {
  if (record && states.includes(record.state)) return;
  const ahead: Aftermath = { what: 'nothing was handed over yet', next: { step: 'abort' } };
  const why: Partial<Record<MoveRecord['state'] | 'none', Aftermath>> = {
    none: { what: 'no move into this database was handed over' },
    reserved: ahead,
    moving: ahead,
    aborting: {
      what: 'nothing was handed over, and the move is being given up',
      next: { step: 'end-abort' },
    },
    closed: {
      what: 'the move was closed, and changes since are not logged',
      next: { step: 'by-hand' },
    },
  };
  const state = record?.state ?? 'none';
  const { what, next } = why[state] ?? {};
  throw new TransferError('wrong-state', `PostgreSQL is ${state}: ${what}.`, { next });
}

export function noFile(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `There is no file ${file}: the failback leads to the very file that the move came from; give its path.`,
  );
}

export function olderFormat(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `${file} is of the legacy format, and stays as it was at the hand-over.`,
    { next: { step: 'name-new-file' } },
  );
}

export function otherFile(file: string): TransferError {
  return new TransferError(
    'wrong-state',
    `${file} takes no part in the move into this database: give the path of the file that it came from, or, if that was of the legacy format, of one that does not exist yet.`,
  );
}
