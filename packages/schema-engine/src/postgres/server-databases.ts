import type { PostgresTarget } from '@vatevo/connection';
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
    const { code, message } = error as { code?: string; message: string };
    if (code === '42P04') {
      throw new SchemaEngineError(`Database \`${target.database}\` already exists on the database server`, {
        code: 'P1009',
        databaseCode: code,
      });
    }
    if (code === '42501') {
      throw new SchemaEngineError(
        `User was denied access on the database \`${target.database}\`: ${message}`,
        { code: 'P1010', databaseCode: code },
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
