import { isSqlState, type PostgresTarget, toConnectionError } from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';
import { codeOf } from '@vatevo/transfer';
import type { Client } from 'pg';
import { databaseFailure } from '../../target/database-failure.ts';

/** Milliseconds that a connection may take to be opened. */
export const CONNECT_TIMEOUT = 10_000;

/** Milliseconds to wait for a table that somebody else keeps locked. */
export const LOCK_TIMEOUT = 5_000;

/**
 * Every setting that has a say in how a value is printed or read, so that two servers print equal values
 * alike. Rows that row-level security would hide are an error: they would be missing.
 */
export const SESSION = [
  `client_encoding = 'UTF8'`,
  'standard_conforming_strings = on',
  `DateStyle = 'ISO, MDY'`,
  `IntervalStyle = 'postgres'`,
  `TimeZone = 'UTC'`,
  'extra_float_digits = 1',
  `bytea_output = 'hex'`,
  `search_path = ''`,
  'row_security = off',
] as const;

/** A role may have any of them set, and what takes long here is no fault; not every server knows them all. */
const WITHOUT_TIMEOUTS = `SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN
  ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')`;

/** Lends a client to `work` and closes it; a signal ends the connection, whatever it waits for. */
export async function withClient<T>(
  client: Client,
  target: PostgresTarget,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const hangUp = () => void client.connection.stream.destroy();
  signal.addEventListener('abort', hangUp, { once: true });
  try {
    signal.throwIfAborted();
    await client.query(WITHOUT_TIMEOUTS);
    return await work();
  } catch (error) {
    throw explainFailure(error, target);
  } finally {
    signal.removeEventListener('abort', hangUp);
    await client.end().catch(() => undefined);
  }
}

function explainFailure(error: unknown, target: PostgresTarget): unknown {
  if (isSqlState(error, 'lock_not_available')) return locked(error);
  const failure = databaseFailure(error, target);
  return failure === error && isLost(error) ? toConnectionError(error, target) : failure;
}

/** A stream over a connection that is gone says only that it ended too early. */
function isLost(error: unknown): boolean {
  return codeOf(error) === 'ERR_STREAM_PREMATURE_CLOSE';
}

export function locked(cause: unknown): CommandError {
  return new CommandError(
    ExitCode.locked,
    `Somebody else kept a table locked for more than ${LOCK_TIMEOUT / 1000} s.`,
    { cause, remedy: ['Try again when a migration or maintenance that runs there is done.'] },
  );
}
