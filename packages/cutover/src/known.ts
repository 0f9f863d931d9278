import { knownState, type Unknown } from '@vatevo/cutover-state';
import { TransferError } from '@vatevo/transfer';

/** The state, if this release knows it. @throws TransferError `wrong-state` */
export function known<State extends string>(
  where: string,
  record: { readonly state: State | Unknown; readonly stored: string },
): State {
  try {
    return knownState(where, record);
  } catch (error) {
    throw new TransferError('wrong-state', (error as Error).message, { cause: error });
  }
}
