import { setTimeout as sleep } from 'node:timers/promises';
import { askWithin } from './ask-within.ts';
import { ConnectionError } from './connection-error.ts';
import type { PostgresTarget } from './target.ts';

/** Milliseconds between two questions, and those in which one has to be answered. */
const PAUSE_MS = 2_000;
const ANSWER_MS = 5_000;

/**
 * Asks a server again and again for a sign of life, each time on a connection of its own, and says so when it has been silent
 * for `silenceMs`. Every answer is a sign of life, "too many connections" included.
 *
 * @param target one host: of several, another one would answer for the one that is silent
 * @param whenSilent called at most once
 * @returns ends it
 */
export function watchHeartbeat(
  target: PostgresTarget,
  silenceMs: number,
  whenSilent: (why: ConnectionError) => void,
): () => void {
  const over = new AbortController();
  void silence(target, silenceMs, over.signal).then(whenSilent, () => undefined);
  return () => over.abort();
}

/**
 * Does work that may take any time, as long as the server shows signs of life ({@link watchHeartbeat}); then it is given up. So a
 * migration may run for hours, and a server that froze or vanished behind a firewall does not keep a command for
 * ever.
 *
 * The connections of the work are watched by the operating system (keep-alive). What is given up still waits in this
 * process, which ought to end.
 *
 * @throws ConnectionError with reason `timeout`
 */
export async function withHeartbeat<T>(
  target: PostgresTarget,
  silenceMs: number,
  work: () => Promise<T>,
): Promise<T> {
  let end = () => {};
  const silent = new Promise<never>((_, reject) => {
    end = watchHeartbeat(target, silenceMs, reject);
  });
  try {
    return await Promise.race([work(), silent]);
  } finally {
    end();
  }
}

/** Why, when the server has been silent for too long; rejects with the signal. */
async function silence(
  target: PostgresTarget,
  silenceMs: number,
  signal: AbortSignal,
): Promise<ConnectionError> {
  let heardAt = performance.now();
  for (;;) {
    await sleep(PAUSE_MS, undefined, { signal });
    const asked = await askWithin(target, ANSWER_MS, 'vatevo signs of life', (client) =>
      client.query('SELECT 1'),
    );
    signal.throwIfAborted();
    if (asked.ok || asked.reason !== 'timeout') heardAt = performance.now();
    else if (performance.now() - heardAt >= silenceMs) {
      const again =
        'What waited for it was given up: start it again when it answers, or another server in its place.';
      return new ConnectionError('timeout', `${asked.message} ${again}`);
    }
  }
}
