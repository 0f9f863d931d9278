import { TransferError } from '../errors.ts';
import type { PlanFault } from './plan-table.ts';

/** What is in the way of a plan, as one sentence. */
export function misfit(faults: readonly PlanFault[]): TransferError {
  const unfit = faults.some((fault) => fault.side === 'target');
  return new TransferError(
    unfit ? 'target-unfit' : 'source-refused',
    `The source does not fit the target: ${faults.map((fault) => fault.message).join('; ')}.`,
    {
      next: {
        step: unfit ? 'prepare-target' : 'decide',
        leaveBehind: faults.flatMap(({ waivable }) => waivable ?? []),
        needless: faults.flatMap(({ needless }) => needless ?? []),
      },
    },
  );
}
