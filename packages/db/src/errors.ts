import { ConnectionError } from '@vatevo/connection';

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

/** Thrown when another process kept the SQLite file locked for too long. Nothing was written. */
export class DatabaseLockedError extends Error {
  override readonly name = 'DatabaseLockedError';

  constructor(file: string, timeoutSeconds: number, options?: ErrorOptions) {
    super(
      `The SQLite file ${file} stayed locked by another process for ${timeoutSeconds} s: ` +
        'end that process or wait for it; DB_POOL_TIMEOUT sets how long a caller waits.',
      options,
    );
  }
}

/**
 * Thrown when a cutover's fence refused a write: the database is being handed over to another one, or has been.
 * Reads go on. Of the transaction that the write was part of nothing stays.
 */
export class DatabaseFencedError extends Error {
  override readonly name = 'DatabaseFencedError';

  constructor(options?: ErrorOptions) {
    super(
      'The database takes no writes, because a cutover hands it over to another one, and nothing was written: ' +
        'repeat it in a few seconds, on the database that is the primary by then (pnpm ops:cutover status).',
      options,
    );
  }
}

/** Thrown by every call on a client after its `close()`. */
export class ClientClosedError extends Error {
  override readonly name = 'ClientClosedError';

  constructor() {
    super('This database client was closed; make a new one with createDbClient().');
  }
}

/** A statement other than Prisma's own that the database refused, a broken constraint for instance. */
export class QueryFailedError extends Error {
  override readonly name = 'QueryFailedError';
  /** The database's own code: an SQLSTATE such as `23505`, or SQLite's name such as `SQLITE_CONSTRAINT_UNIQUE`. */
  readonly code: string;

  constructor(code: string, said: string, options?: ErrorOptions) {
    super(`The database refused a statement (${code}): ${said}`, options);
    this.code = code;
  }
}

/** A value that cannot be stored exactly as it was given. Nothing was written. */
export class InvalidValueError extends Error {
  override readonly name = 'InvalidValueError';
}

/**
 * A stored number that JavaScript and JSON would round, so that it is not given. Ids that are assigned here are below 2^53:
 * it came from elsewhere.
 */
export class InexactIdError extends Error {
  override readonly name = 'InexactIdError';

  /** @param what it is, `id of invoices` */
  constructor(what: string, stored: string) {
    super(
      `${what} is stored as ${stored}, beyond ${Number.MAX_SAFE_INTEGER}: as a number of JSON it would be another one, ` +
        'so it is not read. Give the row an id below 2^53, where it came from.',
    );
  }
}

/** Something SQLite could only answer wrongly, so it is not asked. */
export class UnsupportedOnSqliteError extends Error {
  override readonly name = 'UnsupportedOnSqliteError';
}

/** An idempotency key that came with another request before. Nothing was written. */
export class IdempotencyKeyReusedError extends Error {
  override readonly name = 'IdempotencyKeyReusedError';

  constructor() {
    super('This idempotency key was used for another request; a new request needs a new key.');
  }
}

/** A transaction that took longer than its `timeoutMs`. It was rolled back; nothing of it is stored. */
export class TransactionTimeoutError extends Error {
  override readonly name = 'TransactionTimeoutError';
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super(
      `The transaction took longer than ${timeoutMs} ms and was rolled back; nothing of it is stored. Look for a ` +
        'lock that another session holds, do less in one transaction, or give it more time with `timeoutMs`.',
    );
    this.timeoutMs = timeoutMs;
  }
}

/**
 * A transaction in which a statement had failed, which ends every transaction whether or not somebody caught the
 * error: the statements behind it do not run, and nothing of the transaction is stored. `cause` is the first failure.
 */
export class TransactionFailedError extends Error {
  override readonly name = 'TransactionFailedError';

  constructor(options?: ErrorOptions) {
    super(
      'A statement of this transaction had failed before, so nothing of the transaction is stored and nothing more ' +
        'of it is run: let the error of the first statement out of the transaction, and catch it there.',
      options,
    );
  }
}

/** A statement that came after its transaction had ended. It was not sent. */
export class TransactionEndedError extends Error {
  override readonly name = 'TransactionEndedError';

  constructor(how: string) {
    super(
      `The transaction ${how}, so this statement was not run: wait for every call inside the function of the ` +
        'transaction, and use its models nowhere else.',
    );
  }
}

/** Something that only the transaction itself, or nobody, may ask for. Nothing was sent. */
export class TransactionMisuseError extends Error {
  override readonly name = 'TransactionMisuseError';
}

/** The connection was lost while a COMMIT was under way: what the transaction did may be stored, or not. */
export class CommitOutcomeUnknownError extends ConnectionError {
  override readonly name = 'CommitOutcomeUnknownError';

  constructor(lost: ConnectionError) {
    super(
      lost.reason,
      `${lost.message} A COMMIT was under way, so it is not known whether the transaction is stored: look before it is repeated.`,
      { cause: lost },
    );
  }
}
