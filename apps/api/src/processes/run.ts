import { exitWhenWritten, type Log } from '../log.ts';
import type { ApiConfig } from '../settings.ts';
import { requireConnections } from './budget.ts';
import { Processes } from './first.ts';

/**
 * Runs the API as several processes on one port, of which this is the first: SIGHUP replaces them one after the other,
 * SIGTERM and SIGINT stop them (0 when every request was answered, else 1), a second of these ends them at once.
 *
 * @throws ConfigurationError when the server does not allow their connections
 * @throws ProcessFailedError
 */
export async function runProcesses(
  config: ApiConfig & { readonly processes: number },
  log: Log,
): Promise<void> {
  if (config.database.kind === 'postgres') await requireConnections(config.database, config, log);
  const processes = await Processes.start(config.processes, log);
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) {
      log.warn({ signal }, 'second signal: stopping at once');
      processes.kill();
      process.exit(1);
    }
    stopping = true;
    log.info({ signal }, 'stopping');
    const wasWhole = await processes.stop();
    log.info('all processes stopped');
    exitWhenWritten(log, wasWhole ? 0 : 1);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => processes.replaceAll());
}
