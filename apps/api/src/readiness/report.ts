import type { Log } from '../log.ts';
import type { Gate } from './readiness.ts';

const INTERVAL_MS = 5000;

/**
 * Logs what stands in the way of serving data, once each time it changes, and
 * when it is out of the way; asks again every few seconds until then.
 *
 * @returns stops asking
 */
export function reportReadiness(gate: Gate, log: Log): () => void {
  let said: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const look = async () => {
    const problem = await gate.check().then(
      (readiness) => (readiness.ready ? undefined : readiness.message),
      (error: unknown) => (error instanceof Error ? error.message : 'The database cannot be asked.'),
    );
    if (stopped) return;
    if (problem === undefined) {
      log.info('ready to serve data');
      return;
    }
    if (problem !== said) log.error(problem);
    said = problem;
    timer = setTimeout(look, INTERVAL_MS);
    timer.unref();
  };

  void look();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
