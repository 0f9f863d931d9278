import { type PostgresTarget, watchHeartbeat } from '@vatevo/connection';

/** Milliseconds: a server that is only slow answers one of a dozen questions. */
const SILENCE_MS = 60_000;

/**
 * Works with a signal that is given as well when the server has fallen silent: a frozen one closes no connection, and who waits
 * for it would wait for ever.
 *
 * @param target one host, as `readableTarget` gives it
 * @throws ConnectionError with reason `timeout`
 */
export async function whileAlive<T>(
  target: PostgresTarget,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  silenceMs = SILENCE_MS,
): Promise<T> {
  const silent = new AbortController();
  const end = watchHeartbeat(target, silenceMs, (why) => silent.abort(why));
  try {
    return await work(AbortSignal.any([signal, silent.signal]));
  } catch (error) {
    throw silent.signal.aborted ? silent.signal.reason : error;
  } finally {
    end();
  }
}
