export interface DistributeOptions {
  readonly what: 'distribute' | 'concurrently' | 'status' | 'undo';
  /** How long to wait for the server, another run, and locks on the tables. */
  readonly timeoutMs: number;
  /** Concurrently: how long writers to a table may wait for its proof. */
  readonly maxWaitMs: number;
  /** Into how many parts each table is cut. */
  readonly shards: number;
}
