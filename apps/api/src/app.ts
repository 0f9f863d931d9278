import type { Config, DbClient } from '@vatevo/db';
import express, { type Express } from 'express';
import type { Store } from 'express-rate-limit';
import { accessTo } from './http/access.ts';
import { browserHeaders } from './http/browser.ts';
import { errorHandler } from './http/error-handler.ts';
import { inTurn } from './http/in-turn.ts';
import { notFound } from './http/not-found.ts';
import { oneHost } from './http/one-host.ts';
import { tellPosition, tenantOf } from './http/position.ts';
import { requestLog } from './http/request-log.ts';
import { requireReady } from './http/require-ready.ts';
import type { Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { readinessProbe } from './readiness/probe.ts';
import { type Gate, ReadinessGate } from './readiness/readiness.ts';
import { documentationRoutes } from './routes/documentation.ts';
import { healthRoutes } from './routes/health.ts';
import { invoiceRoutes } from './routes/invoices.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { validateRoutes } from './routes/validate.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { databaseHealthCheck } from './services/health/database-health.ts';
import type { ApiConfig } from './settings.ts';

/** What an app is made of; the caller keeps the database client and closes it. */
export interface AppParts {
  readonly db: DbClient;
  readonly config: ApiConfig;
  readonly log: Log;
  /** Whether the database may be served from; made from `db` when left out. */
  readonly gate?: Gate;
  /** The database that `db` stands for at the moment; the configured one when left out. */
  readonly target?: () => Config['database'];
  /** Where requests are counted for their limits, by the name of the limit; in this process when left out. */
  readonly storeFor?: ((name: string) => Store) | undefined;
  /** Made here when left out; then nothing of `db`'s own work is counted. */
  readonly metrics?: Metrics;
}

/**
 * The API as an Express app: no port, no signals, no environment.
 *
 * @example
 * const app = createApp({ db: createDbClient({ config }), config, log: createLog() });
 * app.listen(3000);
 */
export function createApp({
  db,
  config,
  log,
  gate,
  target = () => config.database,
  metrics = createMetrics(config, log),
  storeFor,
}: AppParts): Express {
  const ready = gate ?? new ReadinessGate(readinessProbe(db, config.database.kind));
  const access = accessTo(db, config, storeFor);
  const app = express();
  app.disable('x-powered-by');
  // Those of invoices have tags of their own (sendTagged).
  app.disable('etag');
  app.set('trust proxy', config.trustProxy);

  app.use(
    inTurn(
      requestLog(log),
      metrics.countRequests,
      oneHost,
      ...browserHeaders(config.corsOrigins),
      requireReady(ready, ['tenants', 'invoices', 'validate']),
    ),
  );
  if (config.replicas) app.use(tellPosition(db));
  const tenant = tenantOf(db, config.processes === undefined && !config.replicaReadsByHeader);
  // Routes are looked through in their order: first what is asked for most.
  app.use(invoiceRoutes(tenant, access, config.invoiceRules));
  app.use(validateRoutes(access));
  app.use(tenantRoutes(db, tenant, access));
  app.use(webhookRoutes(tenant, access));
  app.use(healthRoutes(databaseHealthCheck(db, ready, log)));
  app.use(metricsRoutes(metrics, config, access.guesses));
  app.use(documentationRoutes());
  app.use(notFound);
  app.use(errorHandler(log));
  metrics.watch(app, db, target);
  return app;
}
