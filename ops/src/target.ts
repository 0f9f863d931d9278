import { ConfigurationError, describeTarget, type PostgresTarget, parseConfig } from '@vatevo/connection';
import type { Run } from './shell.ts';

/**
 * The PostgreSQL database that the environment names, with its password made
 * known to the run's redaction.
 *
 * @throws ConfigurationError when anything in the environment is wrong, or POSTGRES_URL is unset or empty:
 *   SQLite needs no preparation
 */
export function requirePostgres({ env, protect }: Pick<Run, 'env' | 'protect'>): PostgresTarget {
  const { database } = parseConfig(env);
  if (database.kind !== 'postgres') {
    throw new ConfigurationError([
      {
        variable: 'POSTGRES_URL',
        problem: 'is not set',
        allowed: 'postgresql://user:password@host:port/database',
      },
    ]);
  }
  protect(database.password, describeTarget(database));
  return database;
}
