import { isSqlState } from '@vatevo/connection';

/** How often a connection asks what it asks itself, when that is cancelled. */
const MAX_ASKED = 2;

/** Asks again when somebody, or replay on a standby, cancelled the question: that is no answer to it. */
export async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (let asked = 1; ; asked++) {
    try {
      return await ask();
    } catch (error) {
      if (asked === MAX_ASKED || !isSqlState(error, 'query_canceled', 'serialization_failure')) throw error;
    }
  }
}
