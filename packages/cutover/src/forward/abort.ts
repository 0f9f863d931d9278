import { randomUUID } from 'node:crypto';
import { TransferError } from '@vatevo/transfer';
import { FileLedger } from '../file/ledger.ts';
import { type MoveOptions, withMove } from '../move.ts';
import { failedBackElsewhere, unknownMove } from '../out-of-place.ts';
import { restoreSequences } from '../server/sequences.ts';
import { fence, fencedTables } from '../server/triggers.ts';
import { discardRows } from './discard.ts';
import { takeBack } from './lost-hand-over.ts';

export interface Aborted {
  readonly outcome: 'aborted' | 'nothing-to-abort';
}

/**
 * Gives a move up before the hand-over: the file is as if it had never taken part, PostgreSQL is empty again.
 *
 * @throws TransferError `wrong-state` when PostgreSQL has taken over
 */
export async function abort(options: MoveOptions): Promise<Aborted> {
  return withMove(options, async (move) => {
    const { server, file, client } = move;
    const { record } = await move.look();
    if (record) takeBack(move, record, 'give-up');
    const state = file.state();
    const server_ = record?.state ?? 'none';
    if (server_ === 'serving' || server_ === 'closed') {
      throw new TransferError(
        'wrong-state',
        'PostgreSQL has taken over and may hold writes that the file lacks.',
        { next: { step: 'rollback' } },
      );
    }
    if (record === undefined || server_ === 'failed-back' || server_ === 'fenced') {
      if (state === 'released') return { outcome: 'nothing-to-abort' };
      if (record === undefined) throw unknownMove(file.file, state);
      if (server_ === 'fenced') throw failbackUnderWay();
      if (!options.handOverIsLost) throw failedBackElsewhere(file.file);
      file.abandon(true);
      return { outcome: 'aborted' };
    }
    if (server_ !== 'aborting') await server.transition('beginAbort', state);
    if (state !== 'released') file.release('release', 'aborting');
    file.removeRest();
    const dropped = record;
    await server.transition('endAbort', 'released', async () => {
      await discardRows(move.target, dropped, await fencedTables(client));
      await restoreSequences(client, dropped.id);
      await server.forget();
      // What still uses PostgreSQL since before the last failback must go on being refused.
      if ((await server.state()) === 'failed-back') {
        await fence(client, await move.served(), 'returning');
      }
    });
    return { outcome: 'aborted' };
  });
}

/**
 * Takes a file out of a move whose PostgreSQL is lost for good, without asking anybody.
 *
 * @throws TransferError `wrong-state` when that PostgreSQL had taken over
 */
export function abandon(source: string, { handOverIsLost = false } = {}): Aborted {
  const file = new FileLedger(source, randomUUID());
  try {
    if (file.read() === undefined) return { outcome: 'nothing-to-abort' };
    file.abandon(handOverIsLost);
    return { outcome: 'aborted' };
  } finally {
    file.close();
  }
}

function failbackUnderWay(): TransferError {
  return new TransferError('wrong-state', 'PostgreSQL is fenced: its failback did not come to an end.', {
    next: { step: 'rollback' },
  });
}
