import { isSqlState, type PostgresTarget, SQLSTATE } from '@vatevo/connection';
import { SchemaEngineError } from '../engine/error.ts';
import { quoteIdentifier } from './quote.ts';
import { withClient } from './with-client.ts';

/**
 * Creates the target's database, from the server's maintenance database.
 *
 * @throws SchemaEngineError P1009 when it exists, P1010 when the role may not create databases
 */
export async function createDatabase(target: PostgresTarget): Promise<void> {
  try {
    await onServer(target, `CREATE DATABASE ${quoteIdentifier(target.database)}`);
  } catch (error) {
    if (isSqlState(error, 'duplicate_database')) {
      throw new SchemaEngineError(`Database \`${target.database}\` already exists on the database server`, {
        code: 'P1009',
        databaseCode: SQLSTATE.duplicate_database,
      });
    }
    if (isSqlState(error, 'insufficient_privilege')) {
      throw new SchemaEngineError(
        `User was denied access on the database \`${target.database}\`: ${(error as Error).message}`,
        { code: 'P1010', databaseCode: SQLSTATE.insufficient_privilege },
      );
    }
    throw error;
  }
}

/** Drops the target's database, disconnecting whoever uses it. */
export async function dropDatabase(target: PostgresTarget): Promise<void> {
  await onServer(target, `DROP DATABASE ${quoteIdentifier(target.database)} WITH (FORCE)`);
}

async function onServer(target: PostgresTarget, statement: string): Promise<void> {
  await withClient(target.with({ database: 'postgres' }), (client) => client.query(statement));
}
