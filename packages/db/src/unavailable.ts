import { ConnectionError, isSqlState, isSqlStateOf } from '@vatevo/connection';
import { DatabaseFencedError, InexactIdError } from './errors.ts';

/** Why a database that can be reached does not do what it is asked, although nothing is wrong with what it is asked. */
export type Unavailable =
  /** It takes no writes: a standby, or set so. */
  | 'read-only'
  /** It was given up for a lock, a time limit or another transaction. */
  | 'busy'
  /** Its disk is full, or it has no id left. */
  | 'full'
  /** It lacks tables, columns, functions or rights that this release needs, or what it holds is damaged: somebody has to act. */
  | 'unfit';

/** What Prisma says of transactions that the database broke off, or that did not begin or end in time. */
const BUSY_OF_PRISMA: ReadonlySet<string> = new Set(['P2024', 'P2028', 'P2034']);

/** What Prisma says of tables and columns that are not there, and what its adapter for SQLite does, which knows no code for them. */
const UNFIT_OF_PRISMA: ReadonlySet<unknown> = new Set([
  'P2021',
  'P2022',
  'TableDoesNotExist',
  'ColumnNotFound',
]);

/** How deep the first cause may lie. */
const MAX_DEPTH = 8;

/** What a wrapped error may hold its cause in. */
interface Wrapping {
  readonly cause?: unknown;
  readonly meta?: { readonly driverAdapterError?: unknown };
  readonly originalCode?: unknown;
  readonly code?: unknown;
  readonly kind?: unknown;
}

/**
 * Why the call failed with `error`, whichever way it was made, when another try may succeed; undefined for everything
 * else, and for what `DbClient` has errors of its own for.
 */
export function whyUnavailable(error: unknown): Unavailable | undefined {
  let at: unknown = error;
  for (let depth = 0; depth < MAX_DEPTH && typeof at === 'object' && at !== null; depth++) {
    if (at instanceof DatabaseFencedError) return undefined;
    if (at instanceof ConnectionError && at.reason === 'read-only') return 'read-only';
    if (at instanceof InexactIdError) return 'unfit';
    const { cause, meta, originalCode, code, kind } = at as Wrapping;
    if (UNFIT_OF_PRISMA.has(kind) || UNFIT_OF_PRISMA.has(code)) return 'unfit';
    const found = meaningOf(originalCode) ?? meaningOf(code);
    if (found !== undefined) return found;
    at = meta?.driverAdapterError ?? cause;
  }
  return undefined;
}

function meaningOf(code: unknown): Unavailable | undefined {
  if (typeof code !== 'string') return undefined;
  const known = Object.assign(new Error(), { code });
  if (isSqlState(known, 'read_only_sql_transaction') || code.startsWith('SQLITE_READONLY'))
    return 'read-only';
  if (isSqlState(known, 'disk_full', 'sequence_generator_limit_exceeded') || code === 'SQLITE_FULL')
    return 'full';
  if (isUnfit(known) || /^SQLITE_(?:CORRUPT|IOERR|NOTADB|CANTOPEN)/.test(code)) return 'unfit';
  if (BUSY_OF_PRISMA.has(code) || isSqlStateOf(known, 'insufficient_resources')) return 'busy';
  return isSqlState(
    known,
    'serialization_failure',
    'deadlock_detected',
    'lock_not_available',
    'query_canceled',
    'idle_in_transaction_session_timeout',
  )
    ? 'busy'
    : undefined;
}

function isUnfit(error: Error): boolean {
  return (
    isSqlStateOf(error, 'system_error', 'internal_error') ||
    isSqlState(
      error,
      'insufficient_privilege',
      'invalid_schema_name',
      'undefined_column',
      'undefined_function',
      'undefined_table',
    )
  );
}
