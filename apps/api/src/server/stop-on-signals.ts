import { exitWhenWritten, type Log } from '../log.ts';
import type { Others } from '../processes/one-of-several.ts';
import type { Service } from './start-service.ts';

/** A little less than the 30 s that orchestrators give a process before they kill it. */
const GRACE_MS = 25_000;

/**
 * On SIGTERM or SIGINT stops the service and ends the process: 0 when every
 * request was answered, 1 otherwise. A second signal ends it at once.
 *
 * One of several processes is stopped by the first one, which gets the signals of the terminal, too.
 */
export function stopOnSignals(service: Service, log: Log, others?: Others): void {
  let stopping = false;

  const stop = async (why: NodeJS.Signals | 'replaced', lingerMs = 0) => {
    if (stopping) {
      if (others) return;
      log.warn({ why }, 'second signal: stopping at once');
      process.exit(1);
    }
    stopping = true;
    log.info({ why }, 'stopping');
    try {
      const drained = await service.stop(GRACE_MS, lingerMs);
      if (!drained) log.error('requests were cut off after the grace period');
      else log.info('stopped');
      exitWhenWritten(log, drained ? 0 : 1);
    } catch (error) {
      log.error({ err: error }, 'stopping failed');
      exitWhenWritten(log, 1);
    }
  };

  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => others ?? stop('SIGINT'));
  others?.onStop((lingerMs) => stop(lingerMs > 0 ? 'replaced' : 'SIGTERM', lingerMs));
}
