import { ComparedKeys, compareChanges, ProgressMeter, unchangedInFile } from '@vatevo/transfer/pipeline';
import { inTransaction } from '@vatevo/transfer/postgres';
import { type Move, required } from '../move.ts';
import { FENCE_LAG_THRESHOLD } from '../pursuit.ts';
import { MAX_CATCH_UP_ROUNDS, MAX_ROWS_AT_FENCE } from '../rounds.ts';
import { catchUp, keepSeen } from './catch-up.ts';
import { refuseDifferences } from './differences.ts';
import type { Following } from './resume-run.ts';

/** Lines of the log behind which what was compared is kept, and lines from which on it is shown how far it came. */
const LINES_KEPT = 50_000n;
const LINES_SHOWN = 5_000n;

/** Applies and compares changes, in ever shorter rounds as fewer are made meanwhile. */
export async function followClosely(move: Move, following: Following): Promise<void> {
  for (let round = 0; round < MAX_CATCH_UP_ROUNDS; round++) {
    const keys = await catchUp(move, following.record.id, following.plan, following.run.id);
    const compared = await compareSince(move, following);
    if (keys + compared <= MAX_ROWS_AT_FENCE) return;
  }
}

/**
 * Compares what was changed since it was last compared, as far as it is applied. Of a long log, what is compared is kept
 * now and then.
 *
 * @returns rows
 * @throws TransferError `source-busy` when the writers are faster
 */
export async function compareSince(move: Move, { plan }: Following): Promise<number> {
  const { comparing, options, server, target } = move;
  const { id, applied, verified = 0n } = await required(move);
  const left = applied - verified;
  const meter = new ProgressMeter(
    'verify',
    Number(left),
    left < LINES_SHOWN ? undefined : options.onProgress,
  );
  const known = new ComparedKeys();
  let rows = 0;
  for (let from = verified; from < applied; ) {
    const upTo = from + LINES_KEPT < applied ? from + LINES_KEPT : applied;
    let at = from;
    const compared = await move.pool().withReader((reader) =>
      compareChanges({
        reader,
        digests: target.digests,
        plan,
        after: from,
        last: upTo,
        unchanged: unchangedInFile(applied),
        known,
        onPlace: (place, end) => {
          meter.add(Number(place - at), 0);
          at = place;
          if (end - place <= FENCE_LAG_THRESHOLD) comparing.caughtUp();
          else comparing.look(place, end);
        },
      }),
    );
    rows += compared.rows;
    await refuseDifferences(move, compared.differing);
    await inTransaction(move.client, 'BEGIN', async () => {
      await server.keep(id, { verified: upTo });
      await keepSeen(move, id);
    });
    from = upTo;
  }
  return rows;
}
