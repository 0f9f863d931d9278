import { DEFAULT_TIMEOUT_MS } from '../transaction/options.ts';
import type { OpeningStatement } from './opened-query.ts';

/** How long a statement waits for a lock; an operator may have bounded that otherwise. */
const LOCK_TIMEOUT = 'lock_timeout';

/**
 * What our statements rely on, and a database or a login may set otherwise (`ALTER DATABASE … SET`, `ALTER ROLE … SET`).
 * Poolers such as PgBouncer take none of it when a connection is opened.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  [LOCK_TIMEOUT]: String(DEFAULT_TIMEOUT_MS),
  // Off, the server refuses what a policy would bound.
  row_security: 'on',
  // Off, a NULL in an array is a text.
  array_nulls: 'on',
  // Above it, nobody is told that a COMMIT has not reached the standby that it waited for.
  client_min_messages: 'notice',
  // The pool closes by itself what nobody uses; a session that ends when it is taken fails the call.
  idle_session_timeout: '0',
};

const settle = (isLocal: boolean) => `SELECT pg_catalog.set_config(name, value, ${isLocal})
  FROM (VALUES ${Object.entries(SETTINGS)
    .map(([name, value]) => `('${name}', '${value}')`)
    .join(', ')}) AS settled (name, value)
  WHERE name <> '${LOCK_TIMEOUT}' OR pg_catalog.current_setting(name) = '0'`;

/** SQL for a session that is ours alone: they hold until it ends. */
export const SETTLE_SESSION = settle(false);

const SETTLE_TRANSACTION: readonly OpeningStatement[] = [{ text: settle(true) }];
const NOTHING: readonly OpeningStatement[] = [];

/** What sets them at the beginning of a transaction, unless the session has them. */
export function settling({ isSettled }: { readonly isSettled: boolean }): readonly OpeningStatement[] {
  return isSettled ? NOTHING : SETTLE_TRANSACTION;
}
