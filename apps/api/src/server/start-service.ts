import { describeTarget } from '@vatevo/connection';
import { createDbClient } from '@vatevo/db';
import { createApp } from '../app.ts';
import type { Log } from '../log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { readinessProbe } from '../readiness/probe.ts';
import { ReadinessGate } from '../readiness/readiness.ts';
import { reportReadiness } from '../readiness/report.ts';
import type { ApiConfig, WebhookMode } from '../settings.ts';
import { type StopWorker, startWebhookWorker, type WorkerParts } from '../webhooks/worker.ts';
import { prepareDrain } from './drain.ts';
import { listen, urlOf } from './listen.ts';
import { prepareLocalFile } from './prepare-local-file.ts';

/** A running API. */
export interface Service {
  readonly url: string;
  /**
   * Stops accepting, answers what is under way for at most `graceMs`, closes
   * the database. Resolves to whether every request was answered.
   */
  stop(graceMs: number): Promise<boolean>;
}

function startWebhooks(parts: Omit<WorkerParts, 'privateAddresses'>, mode: WebhookMode): StopWorker {
  if (mode === 'off') return () => Promise.resolve();
  return startWebhookWorker({ ...parts, privateAddresses: mode === 'on-with-private-addresses' });
}

/**
 * Starts the API. It listens before it knows whether the database is there:
 * until it is, and whenever it is away, calls that need it get 503.
 *
 * @throws StartError when host and port cannot be had, or the local SQLite file cannot be prepared
 */
export async function startService(config: ApiConfig, log: Log): Promise<Service> {
  await prepareLocalFile(config, log);
  const metrics = createMetrics(config, log);
  const db = createDbClient({ config, observer: metrics.observer });
  const gate = new ReadinessGate(readinessProbe(db, config.database.kind));
  try {
    const server = await listen(createApp({ db, config, log, gate, metrics }), config.http);
    const drain = prepareDrain(server);
    const url = urlOf(server);
    log.info({ address: url, database: describeTarget(config.database) }, 'listening');
    const stopReporting = reportReadiness(gate, log);
    const stopWebhooks = startWebhooks({ db, gate, log }, config.webhooks);
    return {
      url,
      async stop(graceMs) {
        const [drained] = await Promise.all([drain(graceMs), stopWebhooks(graceMs)]);
        stopReporting();
        await db.close();
        return drained;
      },
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}
