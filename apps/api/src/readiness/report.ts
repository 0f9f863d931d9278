import type { Log } from '../log.ts';
import { repeat } from '../repeat.ts';
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
  return repeat(async (isStopped) => {
    const problem = await gate.check().then(
      (readiness) => (readiness.ready ? undefined : readiness.message),
      (error: unknown) => (error instanceof Error ? error.message : 'The database cannot be asked.'),
    );
    if (isStopped()) return undefined;
    if (problem === undefined) {
      log.info('ready to serve data');
      return undefined;
    }
    if (problem !== said) log.error(problem);
    said = problem;
    return INTERVAL_MS;
  });
}
