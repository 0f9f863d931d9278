import type { Log } from '../log.ts';
import type { Service } from './start-service.ts';

/** A little less than the 30 s that orchestrators give a process before they kill it. */
const GRACE_MS = 25_000;

/**
 * On SIGTERM or SIGINT stops the service and ends the process: 0 when every
 * request was answered, 1 otherwise. A second signal ends it at once.
 */
export function stopOnSignals(service: Service, log: Log): void {
  let stopping = false;

  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) {
      log.warn({ signal }, 'second signal: stopping at once');
      process.exit(1);
    }
    stopping = true;
    log.info({ signal }, 'stopping');
    try {
      const drained = await service.stop(GRACE_MS);
      if (!drained) log.error('requests were cut off after the grace period');
      else log.info('stopped');
      process.exit(drained ? 0 : 1);
    } catch (error) {
      log.error({ err: error }, 'stopping failed');
      process.exit(1);
    }
  };

  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
