import { type Config, type DbClient, type DbObserver, readDatabaseState } from '@vatevo/db';
import type { Express, RequestHandler } from 'express';
import { collectDefaultMetrics, type MetricObject, Registry } from 'prom-client';
import type { Log } from '../log.ts';
import type { Others } from '../processes/one-of-several.ts';
import type { ForgetParts } from '../retention/forget.ts';
import { retentionMetrics } from '../retention/retention-metrics.ts';
import { shared } from '../services/health/shared.ts';
import type { ApiConfig } from '../settings.ts';
import { httpMetrics } from './http-metrics.ts';
import { poolMetrics } from './pool-metrics.ts';
import { queryMetrics } from './query-metrics.ts';
import { replicaMetrics } from './replica-metrics.ts';
import { type RoutePattern, routePatterns } from './route-pattern.ts';
import { stateMetrics } from './state-metrics.ts';

/** Leaves a scrape, which Prometheus gives 10 s by default, time to spare. */
const STATE_MS = 3000;

/** Everything that `/metrics` shows. Made before the database client, which tells it of its work. */
export interface Metrics {
  /** For `createDbClient`. */
  readonly observer: DbObserver;
  /** Counts rows that were deleted because they were old. */
  readonly forgotten: ForgetParts['forgotten'];
  /** Counts requests; stands before everything that answers. */
  readonly countRequests: RequestHandler;
  /**
   * Called once, when the app has all its routes.
   *
   * @param target the database that `db` stands for at the moment
   */
  watch(app: Express, db: DbClient, target: () => Config['database']): void;
  readonly contentType: string;
  /** The text of a scrape: of all processes, when there are several. Whatever the database does, it is there within some 3 s. */
  scrape(): Promise<Buffer>;
  /** What this process has counted and measured, for the others. */
  own(): Promise<readonly MetricObject[]>;
}

/** @param others tells of all processes, when there are several */
export function createMetrics(config: ApiConfig, log: Log, others?: Pick<Others, 'allMetrics'>): Metrics {
  const registry = new Registry();
  // The database is one, however many processes ask it.
  const ofDatabase = new Registry();
  collectDefaultMetrics({ register: registry });
  let pattern: RoutePattern = () => '';
  let database = () => config.database;
  const observer = queryMetrics(registry, config.slowQueryMs, log);
  const refreshState = stateMetrics(ofDatabase, async () => {
    const reading = await readDatabaseState(database(), { timeoutMs: STATE_MS });
    // A pool at rest opens no connection: without this, a rotated password would show in no reason.
    if (!reading.ok) observer.connectionFailed?.(reading.reason);
    return reading;
  });
  return {
    observer,
    forgotten: retentionMetrics(registry),
    countRequests: httpMetrics(registry, (path) => pattern(path)),
    watch(app, db, target) {
      database = target;
      pattern = routePatterns(app);
      poolMetrics(registry, () => db.poolStats());
      replicaMetrics(registry, () => db.replicaStats());
    },
    contentType: registry.contentType,
    // One at a time however many scrape: each look at the state is a connection.
    scrape: shared(async () => {
      const [own] = await Promise.all([others ? others.allMetrics() : registry.metrics(), refreshState()]);
      // As bytes: every answer refers to them, however many wait for clients that do not read.
      return Buffer.from(`${own}\n${await ofDatabase.metrics()}`);
    }),
    own: () => registry.getMetricsAsJSON() as Promise<readonly MetricObject[]>,
  };
}
