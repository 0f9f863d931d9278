import type { Config, ConnectionFailure, PasswordSource } from '@vatevo/connection';
import type * as runtime from '#prisma/client';
import type { CutoverRecord } from './cutover/record.ts';
import type { Prisma, PrismaClient } from './generated/postgres/client.ts';
import type { DbObserver } from './observer.ts';
import type { Outbox } from './outbox.ts';
import type { TenantRegistry } from './registry.ts';
import type { TenantClient, TenantReads } from './tenant-client.ts';
import type { Transact } from './transaction/transact.ts';

/** Prisma's part of the client; connecting and disconnecting are the pool's business. */
type Models = Omit<PrismaClient, '$connect' | '$disconnect' | '$extends' | '$on'>;

/**
 * A typed client for either database, made by `createDbClient`.
 *
 * Errors, whichever way a call is made: `ConnectionError` (the database cannot be reached, or was lost),
 * `PoolTimeoutError` (no connection came free), `DatabaseLockedError` (SQLite only), `DatabaseFencedError` (a
 * cutover refuses writes), `UnknownCutoverStateError` (a later release has to tell whether this database is served),
 * `ClientClosedError`. What else the database itself refuses is Prisma's own error on the models, `QueryFailedError` elsewhere.
 */
export interface DbClient extends Models, OwnMembers {
  /**
   * A client with an extension of Prisma's: hooks around queries, methods of models, computed fields. It has all of these
   * members, and the hooks count in the transactions of both scopes; what it computes is typed outside of them. Closing one closes
   * all. Behind a hook around some calls, other calls of the same turn of the event loop may be sent earlier.
   *
   * @example
   * const logged = db.$extends({ query: { async $allOperations({ query, args }) { …; return query(args); } } });
   */
  $extends: runtime.Types.Extensions.ExtendsHook<
    'extends',
    Prisma.TypeMapCb,
    WithMembers,
    runtime.Types.Utils.Call<Prisma.TypeMapCb, { extArgs: WithMembers }>
  >;
}

/** Our members as those that an extension has added, so that they are there behind `$extends`, too. */
interface WithMembers extends runtime.Types.Extensions.InternalArgs {
  // biome-ignore lint/complexity/noBannedTypes: that is how Prisma says that there is none.
  result: {};
  // biome-ignore lint/complexity/noBannedTypes: the same.
  model: {};
  // biome-ignore lint/complexity/noBannedTypes: the same.
  query: {};
  client: { [Name in keyof OwnMembers]: () => OwnMembers[Name] };
}

/** What a client has beside Prisma's models. */
export interface OwnMembers {
  /**
   * The database as one tenant sees it, kept apart from the others by the server itself; amounts keep their
   * scale and times their microseconds. The models beside it work with the login's own rights, on all tenants.
   */
  forTenant(tenantId: number, reads?: TenantReads): TenantClient;
  /** Prisma's models in one transaction, with the login's own rights. What they read is rounded, see the README. */
  readonly transaction: Transact;
  /** The tenants, for those who do not know yet which one they speak for. */
  readonly registry: TenantRegistry;
  /** The webhook events still to be delivered. */
  readonly outbox: Outbox;
  /** Where the data is, for people: `postgresql://app@db:5432/vatevo (sslmode=require)`. Never a password. */
  describeConnection(): string;
  /**
   * Finds out whether the database answers, on a connection of its own, so that it never waits for the pool.
   * Never throws; answers within `timeoutMs`, 4000 when omitted.
   */
  checkDatabase(options?: CheckOptions): Promise<DatabaseCheck>;
  /** What the database says of a cutover; undefined when it takes part in none, or this login may not look. */
  readCutover(): Promise<CutoverRecord | undefined>;
  /** How many connections there are at this moment. */
  poolStats(): PoolStats;
  /** The replicas, as they were found when they were read from last; none without `POSTGRES_REPLICA_URLS`. */
  replicaStats(): readonly ReplicaStats[];
  /**
   * Closes all connections. Calls under way may finish, for at most `timeoutMs` (10,000 when omitted), then
   * their connections are cut. Calls made after it fail. Closing again waits for the first.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

export interface DbClientOptions {
  /** What to connect to; read from `process.env` by `parseConfig` when omitted. */
  readonly config?: Pick<Config, 'database' | 'pool' | 'replicas'>;
  /**
   * Asked for the password of each new connection to PostgreSQL, and told which one: for tokens that are good for
   * some minutes (IAM of RDS, Cloud SQL, Entra). It counts for more than a password in the URL.
   */
  readonly password?: PasswordSource;
  /** Told of queries, waits and failures, for metrics and logs. */
  readonly observer?: DbObserver;
}

export interface CheckOptions {
  readonly timeoutMs?: number;
}

export type DatabaseCheck =
  | {
      readonly ok: true;
      /** Milliseconds to connect and get an answer. */
      readonly latencyMs: number;
      /** It takes no writes: a standby, set so, or a file that this process may not write to. */
      readonly readOnly: boolean;
      /** One sentence on a lock for which requests wait, or would: who holds it, and what to do. PostgreSQL only. */
      readonly heldLock?: string | undefined;
    }
  | {
      readonly ok: false;
      readonly reason: ConnectionFailure | 'locked';
      /** One sentence: what is wrong, where, and what to do. Holds no secret, but names host and user. */
      readonly message: string;
    };

export interface ReplicaStats {
  /** Where it is, for people; never a password. */
  readonly replica: string;
  /** Whether it answered when it was asked last. */
  readonly isUp: boolean;
  /** Bytes of the log that it had still to replay to be read from, when it was asked last. */
  readonly behindBytes: number;
}

export interface PoolStats {
  /** DB_POOL_SIZE; 1 on SQLite. */
  readonly size: number;
  /** DB_POOL_MIN; 0 on SQLite. */
  readonly min: number;
  /** Connections that are open or being opened. */
  readonly open: number;
  readonly inUse: number;
  /** Callers waiting for a connection. */
  readonly waiting: number;
  /** Milliseconds for which every connection has been in use without one coming free; 0 while one is free. */
  readonly exhaustedMs: number;
}

/** Longest time for a check, in milliseconds: below the 5 s that probes usually allow. */
export const CHECK_TIMEOUT_MS = 4_000;

/** Longest time for calls under way at the end, in milliseconds. */
export const CLOSE_TIMEOUT_MS = 10_000;
