import { TransferError } from '@vatevo/transfer';
import { Outrun, shown } from './pursuit.ts';

/** Changed rows that may be left for the time in which nobody can write, in either direction. */
export const MAX_ROWS_AT_FENCE = 100;
/** Rounds of following changes after which the fence is put up all the same: the writers are as fast as we are. */
export const MAX_CATCH_UP_ROUNDS = 20;
/** Milliseconds for which nobody may be kept from writing, in either direction. */
export const FENCE_MS = 2_000;
/** How often a fence is tried. */
const MAX_FENCES = 5;

/**
 * Hands over, as often as it takes: nobody knows how much a transaction has written before it is committed. So what is left
 * is looked at when nobody can write any more, and where it is too much the writers go on while it is followed.
 *
 * @param attempt follows, and hands over; throws Outrun where too much was left
 * @param say the sentence for what was left at the last attempt
 * @throws TransferError `source-busy`
 */
export async function handOverInTime<Result>(
  attempt: () => Promise<Result>,
  say: (left: string, attempts: number) => string,
): Promise<Result> {
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Outrun)) throw error;
      if (n < MAX_FENCES) continue;
      throw new TransferError('source-busy', say(shown(error.lines), n), { cause: error });
    }
  }
}
