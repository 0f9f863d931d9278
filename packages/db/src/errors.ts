/** Thrown when no connection came free in time. Nothing was sent to the database. */
export class PoolTimeoutError extends Error {
  override readonly name = 'PoolTimeoutError';
  /** DB_POOL_SIZE at the time. */
  readonly size: number;
  /** DB_POOL_TIMEOUT at the time, in seconds. */
  readonly timeoutSeconds: number;

  constructor(facts: { size: number; timeoutSeconds: number; waiting: number }) {
    const connections = facts.size === 1 ? 'the only connection was' : `all ${facts.size} connections were`;
    super(
      `No database connection came free within ${facts.timeoutSeconds} s: ${connections} in use ` +
        `and ${facts.waiting} more callers were waiting. Look for slow queries or transactions left open; ` +
        'DB_POOL_SIZE sets how many connections there are, DB_POOL_TIMEOUT how long a caller waits.',
    );
    this.size = facts.size;
    this.timeoutSeconds = facts.timeoutSeconds;
  }
}

/** Thrown by every call on a client after its `close()`. */
export class ClientClosedError extends Error {
  override readonly name = 'ClientClosedError';

  constructor() {
    super('This database client was closed; make a new one with createDbClient().');
  }
}

/** A value that cannot be stored exactly as it was given. Nothing was written. */
export class InvalidValueError extends Error {
  override readonly name = 'InvalidValueError';
}

/** Something SQLite could only answer wrongly, so it is not asked. */
export class UnsupportedOnSqliteError extends Error {
  override readonly name = 'UnsupportedOnSqliteError';
}
