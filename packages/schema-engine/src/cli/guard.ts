import type { PostgresTarget, SqliteTarget } from '@vatevo/connection';

/** What the CLI asks for, before it is done. */
export interface GuardedRequest {
  /** A request of the engine's protocol (`reset`, `schemaPush` …), or `drop-database`. */
  readonly method: string;
  /** As the CLI sends them. */
  readonly params: unknown;
  readonly target: PostgresTarget | SqliteTarget;
}

/**
 * Asked before every request that concerns a database, whatever command and spelling it comes from. What it
 * throws is the answer, and nothing is done.
 */
export type Guard = (request: GuardedRequest) => Promise<void>;
