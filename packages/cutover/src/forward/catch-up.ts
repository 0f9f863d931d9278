import { applyChanges } from '@vatevo/transfer/pipeline';
import type { TransferPlan } from '@vatevo/transfer/plan';
import type { Client } from 'pg';
import { type Move, required } from '../move.ts';

/** Makes the target equal to the file as it is now. @returns how many keys that took */
export async function catchUp(move: Move, id: string, plan: TransferPlan, runId: string): Promise<number> {
  const { server, target, applying } = move;
  const { applied } = await required(move);
  return move.pool().withReader(async (reader) => {
    const { keys } = await applyChanges({
      onLag: (place, end) => applying.look(place, end),
      reader,
      target,
      runId,
      plan,
      after: applied,
      keep: async (place) => {
        await server.keep(id, { applied: place.seq });
        await server.keepSeen(id, place);
      },
    });
    applying.caughtUp();
    return keys;
  });
}

/** What was copied or compared rests on the last state of the file that was read. */
export async function keepSeen({ pool, server }: Move, id: string, client?: Client): Promise<void> {
  const { seen } = pool();
  if (seen) await server.keepSeen(id, seen, client);
}
