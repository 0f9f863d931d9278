import { describeTarget } from '@vatevo/connection';
import { createApp } from '../app.ts';
import { openDatabase } from '../database/open.ts';
import type { Log } from '../log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { type Others, tellLastMetrics } from '../processes/one-of-several.ts';
import { reportReadiness } from '../readiness/report.ts';
import { forgetOldRows } from '../retention/forget.ts';
import type { ApiConfig } from '../settings.ts';
import { startWebhookThread } from '../webhooks/start-thread.ts';
import { prepareDrain } from './drain.ts';
import { listen, urlOf } from './listen.ts';
import { messagesOf } from './messages.ts';
import { prepareLocalFile } from './prepare-local-file.ts';

/** A running API. */
export interface Service {
  readonly url: string;
  /**
   * Stops accepting, answers what is under way for at most `graceMs`, closes
   * the database. Connections at rest are closed after `lingerMs`. Resolves to whether every request was answered.
   */
  stop(graceMs: number, lingerMs?: number): Promise<boolean>;
}

/**
 * Starts the API. It listens before it knows whether the database is there:
 * until it is, and whenever it is away, calls that need it get 503. What delivers webhooks reads the environment anew.
 *
 * @param others when it is one of several processes; what is to be done once is done by the one in the first place
 * @throws StartError when host and port cannot be had, or the local SQLite file cannot be prepared
 */
export async function startService(config: ApiConfig, log: Log, others?: Others): Promise<Service> {
  await prepareLocalFile(config, log);
  const metrics = createMetrics(config, log, others);
  const isFirst = others === undefined || others.place === 0;
  const served = await openDatabase(config, metrics.observer, log);
  const { db, gate } = served;
  try {
    const target = () => served.target();
    const app = createApp({ db, config, log, gate, target, metrics, storeFor: others?.storeFor });
    const { http, maxConnections } = config;
    const server = await listen(app, { ...http, maxConnections, messages: messagesOf(app) });
    server.prependListener('request', (_request, response) => served.hold(response));
    const drain = prepareDrain(server);
    const url = urlOf(server);
    log.info({ address: url, database: describeTarget(target()) }, 'listening');
    const stopReporting = reportReadiness(gate, log);
    const { retention } = config;
    const stopForgetting = isFirst
      ? forgetOldRows({ db, gate, log, retention, forgotten: metrics.forgotten })
      : undefined;
    const stopWebhooks = isFirst && config.webhooks !== 'off' ? startWebhookThread(log) : undefined;
    others?.tellMetrics(metrics.own);
    others?.listening(url);
    return {
      url,
      async stop(graceMs, lingerMs) {
        const [drained] = await Promise.all([drain(graceMs, lingerMs), stopWebhooks?.(graceMs)]);
        stopReporting();
        stopForgetting?.();
        if (others) await tellLastMetrics(metrics.own);
        await served.close();
        return drained;
      },
    };
  } catch (error) {
    await served.close();
    throw error;
  }
}
