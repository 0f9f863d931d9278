import { ConfigurationError } from './configuration-error.ts';
import { isPostgresUrl } from './postgres-url.ts';
import type { SqliteTarget } from './target.ts';

/**
 * Reads `DATABASE_URL`: a path and nothing else, neither a query nor a database in memory, which would be gone
 * with its connection.
 *
 * @throws ConfigurationError
 */
export function parseSqliteUrl(url: string): SqliteTarget {
  if (isPostgresUrl(url)) {
    throw wrong(
      'holds a PostgreSQL URL',
      'file:PATH of a SQLite database; PostgreSQL goes into POSTGRES_URL',
    );
  }
  const file = /^file:(?!:memory:)([^?#]+)$/.exec(url)?.[1];
  if (file === undefined) {
    throw wrong('does not name a SQLite file', 'file:PATH, for example file:./vatevo.db');
  }
  return { kind: 'sqlite', file };
}

function wrong(problem: string, allowed: string): ConfigurationError {
  return new ConfigurationError([{ variable: 'DATABASE_URL', problem, allowed }]);
}
