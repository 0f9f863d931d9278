import { TransferError } from '@vatevo/transfer';
import { lockTables } from '@vatevo/transfer/postgres';
import { type MoveOptions, withMove } from '../move.ts';
import { removeTriggers, triggered } from '../server/triggers.ts';
import { validateForeignKeys } from './foreign-keys.ts';

/** Ends the time in which going back is possible: PostgreSQL logs its changes no longer. */
export async function close(options: MoveOptions): Promise<{ outcome: 'closed' | 'already-closed' }> {
  return withMove(options, async ({ server, client, file, look }) => {
    const { record, file: state } = await look();
    if (record?.state === 'closed') return { outcome: 'already-closed' };
    if (record?.state !== 'serving') {
      throw new TransferError(
        'wrong-state',
        `PostgreSQL is ${record?.state ?? 'none'}, and only a move that was handed over can be closed.`,
        { next: { step: 'status' } },
      );
    }
    if (state === 'fenced') file.transition('noteHandOver', 'serving');
    await validateForeignKeys(client, record.id);
    await server.transition('close', 'handed-over', async () => {
      await lockTables(client, await triggered(client));
      await removeTriggers(client);
    });
    return { outcome: 'closed' };
  });
}
