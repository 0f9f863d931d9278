import { describeTarget } from '@vatevo/connection';
import { createApp } from '../app.ts';
import { openDatabase } from '../database/open.ts';
import type { Log } from '../log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { reportReadiness } from '../readiness/report.ts';
import { forgetOldAnswers } from '../services/invoices/forget-answers.ts';
import type { ApiConfig } from '../settings.ts';
import { startWebhookThread } from '../webhooks/start-thread.ts';
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

/**
 * Starts the API. It listens before it knows whether the database is there:
 * until it is, and whenever it is away, calls that need it get 503. What delivers webhooks reads the environment anew.
 *
 * @throws StartError when host and port cannot be had, or the local SQLite file cannot be prepared
 */
export async function startService(config: ApiConfig, log: Log): Promise<Service> {
  await prepareLocalFile(config, log);
  const metrics = createMetrics(config, log);
  const served = await openDatabase(config, metrics.observer, log);
  const { db, gate } = served;
  try {
    const target = () => served.target();
    const app = createApp({ db, config, log, gate, target, metrics });
    const server = await listen(app, { ...config.http, maxConnections: config.maxConnections });
    server.prependListener('request', (_request, response) => served.hold(response));
    const drain = prepareDrain(server);
    const url = urlOf(server);
    log.info({ address: url, database: describeTarget(target()) }, 'listening');
    const stopReporting = reportReadiness(gate, log);
    const stopForgetting = forgetOldAnswers(db, gate, log);
    const stopWebhooks = config.webhooks === 'off' ? undefined : startWebhookThread(log);
    return {
      url,
      async stop(graceMs) {
        const [drained] = await Promise.all([drain(graceMs), stopWebhooks?.(graceMs)]);
        stopReporting();
        stopForgetting();
        await served.close();
        return drained;
      },
    };
  } catch (error) {
    await served.close();
    throw error;
  }
}
