import { ProgrammingError, TransferError } from '@vatevo/transfer';
import { type Prospect, refuseWithoutFailback } from '../failback/refuse.ts';
import { type Move, type MoveOptions, withMove } from '../move.ts';
import { failedBackElsewhere } from '../out-of-place.ts';
import { WRITE_LESS } from '../pursuit.ts';
import { FENCE_MS, handOverInTime } from '../rounds.ts';
import { hasChecksums } from '../server/checksums.ts';
import { followClosely } from './follow.ts';
import { validateForeignKeys } from './foreign-keys.ts';
import { type Finished, handOver } from './hand-over.ts';
import { findUntrackedChanges } from './last-look.ts';
import { LateValues } from './late-values.ts';
import type { Following } from './resume-run.ts';
import { synchronize } from './synchronize.ts';
import { UntrackedChanges } from './untracked-changes.ts';

/**
 * Hands over: PostgreSQL takes the writes from now on, and the file takes none.
 *
 * 1. follow and compare until hardly anything is left, and look for rows that changed without the log's knowledge;
 * 2. fence the file, unless more is left by then than a moment suffices for: then follow again;
 * 3. apply the rest, compare every row that changed since it was last compared, set sequences;
 * 4. let PostgreSQL log its changes and declare it complete, in one transaction: that is the hand-over.
 *
 * Whatever stands in the way lifts the fence again, and nothing has happened; so does a server that falls silent. Nothing
 * behind the fence takes longer the larger the file is. What reads all of it comes after the hand-over, beside the
 * service: both sides are looked at once more as they were in that moment, for untracked changes since
 * 1, and PostgreSQL reads all rows of foreign keys that stood in another form during the move.
 */
export async function finish(options: MoveOptions): Promise<Finished> {
  return withMove(options, async (move) => {
    const { record, file } = await move.look();
    if (record?.state === 'serving' || record?.state === 'closed') {
      if (file === 'fenced') move.file.transition('noteHandOver', 'serving');
      await validateForeignKeys(move.client, record.id);
      return {
        outcome: 'already-over',
        moveId: record.id,
        downtimeMs: record.downtimeMs,
        rowsVerifiedInFence: 0,
        copiedAnew: false,
        lastMomentChecked: !(await hasChecksums(move.client, record.id)),
        rows: {},
      };
    }
    if (record?.state === 'failed-back' && file === 'handed-over') throw failedBackElsewhere(move.file.file);
    if (record === undefined || record.state === 'failed-back') {
      throw new TransferError('wrong-state', 'No move of this file is under way.', {
        next: { step: 'start' },
      });
    }
    const following = await synchronize(move);
    // Before the changes are followed closely: it takes a moment, in which more of them come.
    const prospect = await refuseWithoutFailback(move, following.record.id);
    const finished = await followToTheEnd(move, following, prospect);
    await validateForeignKeys(move.client, following.record.id);
    return finished;
  });
}

/** Follows, looks for untracked changes, and hands over. */
async function followToTheEnd(move: Move, following: Following, prospect: Prospect): Promise<Finished> {
  await followClosely(move, following);
  const { record, plan } = following;
  if (record.checksumsAt === undefined) throw new ProgrammingError('a move that was compared has checksums');
  const late = new LateValues(move.file, plan);
  await late.refuse();
  const untracked = await UntrackedChanges.open(move, record.id, plan, record.checksumsAt);
  try {
    await findUntrackedChanges(move, plan, untracked);
    const witness = await move.openAnother();
    return await handOverInTime(
      async () => {
        await followClosely(move, following);
        await late.refuse();
        return handOver(move, following, prospect, { untracked, late, witness });
      },
      (left, attempts) =>
        `${move.file.file} was written to so much at each of ${attempts} moments at which it was to be handed over (${left} changes were left at the last one) that nobody could have written for longer than ${FENCE_MS / 1000} s; writers go on and nothing was handed over: ${WRITE_LESS}.`,
    );
  } finally {
    untracked.close();
  }
}
