import type { ConnectionFailure } from '@vatevo/connection';

/**
 * What a client tells of its work while it does it, for metrics and logs. Every method is called at once, in
 * the way of the call it tells of: count, and return. What it throws is not caught.
 */
export interface DbObserver {
  /** A statement came to its end, whichever way it was made: a model's, raw, a tenant's, inside a transaction. */
  queryEnded?(query: EndedQuery): void;
  /** A caller got a connection, or gave up, after waiting for so many milliseconds. */
  connectionWaited?(ms: number): void;
  /** A connection could not be opened, none came free in time, or one was lost. */
  connectionFailed?(reason: ConnectionProblem): void;
  /** A tenant's read was sent to a replica, or to the primary although there are replicas, and why. */
  tenantRead?(from: ReadFrom): void;
  /** A replica is not what it should be, so that it is never read from: one sentence, said once. */
  replicaRefused?(why: string): void;
}

export interface EndedQuery {
  /** Milliseconds from sending it to the last row, without the wait for a connection. */
  readonly ms: number;
  /** False when the database refused it, a cutover's fence too, or was lost. */
  readonly ok: boolean;
  /** The statement's first word in capitals, such as SELECT; empty when it begins with none. */
  readonly operation: string;
  /** The statement with `?` for every value that stands in it; parameters are not part of it. */
  statement(): string;
}

/**
 * Where a tenant's read was answered. `primary-behind`: the replica had not replayed enough, or was on another timeline.
 * `primary-lost`: no replica answered. `primary-unknown`: it was not known how far the replica had to be. `primary-unfit`: what
 * answered was no standby of the primary.
 */
export const READS_FROM = [
  'replica',
  'primary-behind',
  'primary-lost',
  'primary-unknown',
  'primary-unfit',
] as const;
export type ReadFrom = (typeof READS_FROM)[number];

/** Why a call had no connection to use. */
export const CONNECTION_PROBLEMS = [
  'refused',
  'timeout',
  'unresolved-host',
  'tls',
  'authentication',
  'missing-database',
  'permission',
  'too-many-connections',
  'starting-up',
  'read-only',
  'lost',
  'locked',
  'pool-timeout',
  'unknown',
] as const satisfies readonly (ConnectionFailure | 'locked' | 'pool-timeout')[];

export type ConnectionProblem = ConnectionFailure | 'locked' | 'pool-timeout';
