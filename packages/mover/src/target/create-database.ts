import {
  ConnectionError,
  describeTarget,
  isSqlState,
  leave,
  type PgClient,
  type PostgresTarget,
  withHeartbeat,
} from '@vatevo/connection';
import { CommandError, type Deadline, ExitCode } from '@vatevo/shell';
import { escapeIdentifier } from 'pg';
import { waitForServer } from './wait-for-server.ts';

/** Databases that nearly every server has, to be connected to while the wanted one is missing. */
const MAINTENANCE_DATABASES = ['postgres', 'template1'] as const;

const TEMPLATE_BUSY_PAUSE_MS = 250;

/**
 * Creates the target's database through a maintenance database. Another run
 * that creates it at the same moment is fine.
 *
 * @returns false when somebody else was quicker
 * @throws CommandError with exit code 3, and the SQL for an administrator, when this role may not
 */
export async function createDatabase(
  target: PostgresTarget,
  deadline: Deadline,
  signal: AbortSignal,
): Promise<boolean> {
  const client = await connectForMaintenance(target, deadline, signal);
  try {
    const here = target.with(client.connectedTo);
    return await withHeartbeat(here, deadline.budgetMs, () => create(client, target, deadline, signal));
  } finally {
    leave(client);
  }
}

async function create(
  client: PgClient,
  target: PostgresTarget,
  deadline: Deadline,
  signal: AbortSignal,
): Promise<boolean> {
  const statement = await createStatement(client, target.database);
  for (;;) {
    try {
      await client.query(statement);
      return true;
    } catch (error) {
      // Two CREATE DATABASE at the same moment: the later one meets the unique index of pg_database.
      if (isSqlState(error, 'duplicate_database', 'unique_violation')) return false;
      // Somebody else is connected to the template just now.
      if (isSqlState(error, 'object_in_use') && !deadline.passed) {
        await deadline.pause(TEMPLATE_BUSY_PAUSE_MS, signal);
        continue;
      }
      if (isSqlState(error, 'insufficient_privilege', 'read_only_sql_transaction')) {
        throw notCreatable(target, error);
      }
      throw error;
    }
  }
}

/** A role may be kept out of one maintenance database and let into the other. */
async function connectForMaintenance(
  target: PostgresTarget,
  deadline: Deadline,
  signal: AbortSignal,
): Promise<PgClient> {
  let refusal: unknown;
  for (const database of MAINTENANCE_DATABASES) {
    try {
      return await waitForServer(target.with({ database }), deadline, signal, () => {});
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      refusal ??= error;
    }
  }
  throw notCreatable(target, refusal);
}

/**
 * A plain CREATE DATABASE takes over what the site put into template1. Where
 * that stores text as anything but UTF-8, the pristine template is used instead.
 */
async function createStatement(client: PgClient, database: string): Promise<string> {
  const { rows } = await client.query<{ utf8: boolean }>(
    `SELECT pg_encoding_to_char(encoding) = 'UTF8' AS utf8 FROM pg_database WHERE datname = 'template1'`,
  );
  const template = rows[0]?.utf8 === false ? ` TEMPLATE template0 ENCODING 'UTF8'` : '';
  return `CREATE DATABASE ${escapeIdentifier(database)}${template}`;
}

function notCreatable(target: PostgresTarget, cause: unknown): CommandError {
  const database = escapeIdentifier(target.database);
  const role = escapeIdentifier(target.user);
  return new CommandError(
    ExitCode.cannotConnect,
    `The database ${database} does not exist at ${describeTarget(target)}, and the role ${role} may not create it.`,
    { cause, remedy: ['Let an administrator run:', `  CREATE DATABASE ${database} OWNER ${role};`] },
  );
}
