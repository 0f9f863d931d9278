import type { Bookkeeping } from '@vatevo/transfer';
import { type MoveOptions, withMove } from '../move.ts';
import { synchronize } from './synchronize.ts';

export interface Started {
  readonly moveId: string;
  /** Rows that this call compared; none when an earlier one had done it. */
  readonly rowsCompared: number;
  /** Whether the file had lost changes that were copied already, so that all rows were copied anew. */
  readonly copiedAnew: boolean;
  /** Lines of the file's change log that are not applied yet. */
  readonly lag: bigint;
  /** Tables that tools keep about the file, which stay there. */
  readonly bookkeeping: readonly Bookkeeping[];
}

/** Synchronizes PostgreSQL with the file while writers go on; the same call resumes what an earlier one began. */
export async function start(options: MoveOptions): Promise<Started> {
  return withMove(options, async (move) => {
    const { record, plan, rowsCompared, copiedAnew } = await synchronize(move);
    return {
      moveId: record.id,
      rowsCompared,
      copiedAnew,
      lag: move.file.logEnd().seq - record.applied,
      bookkeeping: plan.bookkeeping ?? [],
    };
  });
}
