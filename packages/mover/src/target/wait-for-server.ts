import { ConnectionError, connect, type PgClient, type PostgresTarget } from '@vatevo/connection';
import { CommandError, type Deadline, exitCodeOf, formatDuration, unlessAborted } from '@vatevo/shell';

/** A server that accepts and never answers must not eat the whole budget: another may answer there soon. */
const ATTEMPT_MS = 5000;
/** The attempt at the very end of the budget gets this much, else it could not succeed. */
const LAST_ATTEMPT_MS = 1000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2000;

/**
 * What passes by itself: a server that starts, restarts or fails over, a name
 * that is not known yet. Whatever a person has to fix (a password, TLS, a
 * right) is reported at once.
 */
const PASSING: ReadonlySet<ConnectionError['reason']> = new Set([
  'refused',
  'timeout',
  'unresolved-host',
  'starting-up',
  'read-only',
  'too-many-connections',
  'lost',
]);

/**
 * Connects, trying again until the deadline while the reason may pass by itself.
 *
 * @param onWait told whenever the reason to wait changes
 * @throws ConnectionError when waiting cannot help
 * @throws CommandError when the time is up: exit code 3, or 4 where no server takes writes
 */
export async function waitForServer(
  target: PostgresTarget,
  deadline: Deadline,
  signal: AbortSignal,
  onWait: (reason: string) => void,
): Promise<PgClient> {
  let shown = '';
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const timeoutMs = Math.min(Math.max(deadline.remainingMs, LAST_ATTEMPT_MS), ATTEMPT_MS);
      return await unlessAborted(signal, connect(target, { timeoutMs, applicationName: 'vatevo-ops' }));
    } catch (error) {
      if (!(error instanceof ConnectionError) || !PASSING.has(error.reason)) throw error;
      if (deadline.passed) throw timeIsUp(error, deadline);
      if (error.message !== shown) {
        shown = error.message;
        onWait(shown);
      }
      await deadline.pause(pauseMs, signal);
    }
  }
}

function timeIsUp(error: ConnectionError, deadline: Deadline): CommandError {
  return new CommandError(exitCodeOf(error), error.message, {
    cause: error,
    remedy: [`Gave up after ${formatDuration(deadline.budgetMs)}; wait longer with -t SECONDS.`],
  });
}
