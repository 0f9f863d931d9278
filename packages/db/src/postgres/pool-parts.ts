import type pg from 'pg';

/** The parts of pg's pool (pg-pool, index.js) that this builds on. */
export interface PoolParts {
  /** Connections at rest, the one that was used last at the end. */
  readonly _idle: {
    readonly client: pg.PoolClient;
    readonly idleListener: unknown;
    readonly timeoutId: NodeJS.Timeout | undefined;
  }[];
  _acquireClient(
    client: pg.PoolClient,
    caller: { readonly timedOut: false; readonly callback: () => void },
    idleListener: unknown,
    isNew: false,
  ): void;
}
