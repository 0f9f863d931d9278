import { setTimeout as sleep } from 'node:timers/promises';
import { askWithin } from './ask-within.ts';
import { ConnectionError } from './connection-error.ts';
import type { PostgresTarget } from './target.ts';

/** Milliseconds between two questions, and those in which one has to be answered. */
const PAUSE_MS = 2_000;
const ANSWER_MS = 5_000;

/**
 * Does work that may take any time, as long as the server shows signs of life: it is asked again and again, each
 * time on a connection of its own, and when it has been silent for `silenceMs`, the work is given up. So a
 * migration may run for hours, and a server that froze or vanished behind a firewall does not keep a command for
 * ever.
 *
 * Every answer is a sign of life, "too many connections" included. The connections of the work are watched by the
 * operating system (keep-alive). What is given up still waits in this process, which ought to end.
 *
 * @throws ConnectionError with reason `timeout`
 */
export async function withHeartbeat<T>(
  target: PostgresTarget,
  silenceMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([work(), silence(target, silenceMs, over.signal)]);
  } finally {
    over.abort();
  }
}

/** Rejects when the server has been silent for too long, or with the signal. */
async function silence(target: PostgresTarget, silenceMs: number, signal: AbortSignal): Promise<never> {
  let heardAt = performance.now();
  for (;;) {
    await sleep(PAUSE_MS, undefined, { signal });
    const asked = await askWithin(target, ANSWER_MS, 'vatevo signs of life', (client) =>
      client.query('SELECT 1'),
    );
    if (asked.ok || asked.reason !== 'timeout') heardAt = performance.now();
    else if (performance.now() - heardAt >= silenceMs) throw new ConnectionError('timeout', asked.message);
  }
}
