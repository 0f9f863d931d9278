import type { ServerResponse } from 'node:http';
import { type Config, createDbClient, type DbClient, type DbObserver } from '@vatevo/db';
import { readinessProbe } from '../readiness/probe.ts';
import { type Gate, ReadinessGate } from '../readiness/readiness.ts';

/** The database that the API serves; which one that is may change while it runs. */
export interface ServedDatabase {
  /** Every call goes to the database that is served at that moment. */
  readonly db: DbClient;
  readonly gate: Gate;
  target(): Config['database'];
  /** Keeps the database that is served now open until the answer has ended. */
  hold(answer: ServerResponse): void;
  close(): Promise<void>;
}

/** The one database that the configuration names, for the whole life of the process. */
export function serveConfigured(
  config: Pick<Config, 'database' | 'pool'>,
  observer: DbObserver,
): ServedDatabase {
  const db = createDbClient({ config, observer });
  return {
    db,
    gate: new ReadinessGate(readinessProbe(db, config.database.kind)),
    target: () => config.database,
    hold: () => undefined,
    close: () => db.close(),
  };
}
