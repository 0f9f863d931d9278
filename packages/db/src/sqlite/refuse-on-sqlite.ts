import { UnsupportedOnSqliteError } from '../errors.ts';
import { type Call, TYPED_SQL } from '../transaction/guard-calls.ts';
import { refuseInexact } from './refuse-inexact.ts';

/**
 * Refuses the calls that SQLite would answer otherwise than PostgreSQL, or not at all.
 *
 * @throws {UnsupportedOnSqliteError}
 */
export function refuseOnSqlite({ model, operation, args }: Call): void {
  if (model !== undefined) refuseInexact(args);
  if (operation !== TYPED_SQL) return;
  throw new UnsupportedOnSqliteError(
    'The queries of prisma/postgres/sql are written for PostgreSQL, and SQLite does not run them. ' +
      'Do it with the models, or set POSTGRES_URL and use PostgreSQL.',
  );
}
