import type { DatabaseState } from '@vatevo/db';

/** What could not be read, and why. */
export interface Unread {
  readonly ok: false;
  readonly reason: string;
  readonly message: string;
}

/** One look at everything. */
export interface Snapshot {
  readonly at: Date;
  readonly server: Server | Unread;
  /** Null when nobody asked for it. */
  readonly api: Api | Unread | null;
}

/** The database as the server tells of it. */
export interface Server {
  readonly ok: true;
  /** Milliseconds to connect and get the first answers. */
  readonly latencyMs: number;
  readonly state: DatabaseState;
  readonly connections: Connections;
  /** Statements at work now that are slow, the longest first. */
  readonly running: readonly RunningQuery[];
  /** Of pg_stat_statements, the slowest first; null where that cannot be read. */
  readonly statements: readonly StatementStatistics[] | null;
}

export interface Connections {
  /** Of all databases of the server, as its limit counts them. */
  readonly used: number;
  readonly max: number;
  /** Of this database. */
  readonly active: number;
  readonly idle: number;
  readonly idleInTransaction: number;
  readonly waitingForLock: number;
  /** Seconds since the oldest transaction began; null when there is none. */
  readonly oldestTransactionSeconds: number | null;
  /** Of this database, by application_name. */
  readonly byApplication: Readonly<Record<string, number>>;
}

export interface RunningQuery {
  readonly pid: number;
  readonly ms: number;
  readonly application: string;
  /** What it waits for, such as `Lock: relation`; null when it works. */
  readonly waitsFor: string | null;
  /** Without the values that stood in it. */
  readonly statement: string;
}

export interface StatementStatistics {
  readonly calls: number;
  readonly meanMs: number;
  readonly maxMs: number;
  readonly totalMs: number;
  /** Without the values that stood in it. */
  readonly statement: string;
}

/** The API as its metrics tell of it. Rates are of the time since the look before. */
export interface Api {
  readonly ok: true;
  readonly requestsPerSecond: number;
  /** Share of the answers that were 5xx, 0 to 1; null when there were no requests. */
  readonly errorRate: number | null;
  /** Mean, in milliseconds; null when there were no requests. */
  readonly latencyMs: number | null;
  readonly databaseUp: boolean;
  readonly pool: {
    readonly used: number;
    readonly idle: number;
    readonly max: number;
    readonly waiting: number;
    readonly exhaustedSeconds: number;
  };
  /** Since the process started. */
  readonly slowQueries: number;
  readonly connectionFailures: Readonly<Record<string, number>>;
}
