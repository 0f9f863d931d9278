import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import { requirePostgres } from '@vatevo/mover/target';
import { CommandError, unlessAborted } from '@vatevo/shell';
import { evaluate } from './evaluate.ts';
import { summaryLine } from './line.ts';
import { MetricsReader } from './metrics-reader.ts';
import { page } from './page.ts';
import { readServer } from './read-server.ts';
import type { Snapshot } from './types.ts';

/** A rate needs two looks. */
const BETWEEN_TWO_MS = 1000;

export interface MonitorOptions {
  /** Look once and report, instead of going on until a signal. */
  readonly once: boolean;
  readonly intervalMs: number;
  readonly metricsUrl: string | undefined;
  readonly urlEnv: string | undefined;
}

/**
 * Looks at the database, and at the API when its metrics can be read, over and over. What is away is shown as
 * such; it does not end the watch.
 *
 * @throws CommandError when looking once and not all is well: exit code 3 when the database or the API cannot be
 *   reached, 4 when this release must not work on the database
 */
export async function monitor(
  { once, intervalMs, metricsUrl, urlEnv }: MonitorOptions,
  run: Run,
): Promise<void> {
  const target = requirePostgres(run, { urlEnv });
  const { slowQueryMs } = parseConfig(run.env);
  const metrics = metricsUrl === undefined ? undefined : new MetricsReader(metricsUrl, run);
  const look = async (): Promise<Snapshot> => {
    const [server, api] = await Promise.all([readServer(target, slowQueryMs), metrics?.read() ?? null]);
    return { at: new Date(), server, api };
  };

  if (once) {
    if (metrics) {
      await metrics.read();
      await sleep(BETWEEN_TWO_MS, undefined, { signal: run.signal });
    }
    const snapshot = await unlessAborted(run.signal, look());
    report(snapshot, run);
    return;
  }
  for (;;) {
    const snapshot = await unlessAborted(run.signal, look());
    run.report.screen(page(snapshot, target, slowQueryMs), summaryLine(snapshot));
    await sleep(intervalMs, undefined, { signal: run.signal });
  }
}

function report(snapshot: Snapshot, { report }: Run): void {
  const { server, api, at } = snapshot;
  const { problems, exitCode } = evaluate(snapshot);
  report.result({ at, healthy: problems.length === 0, problems, server, api }, []);
  const [first, ...rest] = problems;
  if (first !== undefined) throw new CommandError(exitCode, first, { remedy: rest });
}
