import {
  ConfigurationError,
  IS_TRANSACTION_POOLER,
  isTransactionPooler,
  type PgClient,
  type PostgresTarget,
  readOnlyError,
  takeAdvisoryLock,
  withConnection,
} from '@vatevo/connection';
import { MigrationError } from './error.ts';

/**
 * The advisory lock of a run that applies migrations: the ASCII codes of
 * "vatevodb" as a number. Not Prisma's 72707369, which the engine takes itself.
 */
const LOCK = BigInt(`0x${Buffer.from('vatevodb').toString('hex')}`);

/**
 * Works while no other run applies migrations to the same database. What a run
 * has begun and not ended looks like a migration that failed half-way, so the
 * history may be read only in turn.
 *
 * @throws ConfigurationError at a pooler in front of which no lock holds
 * @throws MigrationError of kind `busy` when the other run does not end in time
 * @throws ConnectionError
 */
export async function inTurn<T>(
  target: PostgresTarget,
  giveUpAfterMs: number,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const take = async (client: PgClient) => {
    const { readOnlyServer } = client;
    if (readOnlyServer !== undefined) throw readOnlyError(target, readOnlyServer, undefined);
    if (await isTransactionPooler(target, client, CONNECT_MS)) throw pooler();
    if ((await takeAdvisoryLock(client, LOCK, { waitMs: giveUpAfterMs, onWait })) === 'held')
      throw busy(giveUpAfterMs);
    return work();
  };
  return withConnection(target, take, { applicationName: 'vatevo migrations' });
}

/** Milliseconds that a second connection may take. */
const CONNECT_MS = 10_000;

function pooler(): ConfigurationError {
  const allowed = 'the server itself, or a pool in session mode';
  return new ConfigurationError([{ variable: 'POSTGRES_URL', problem: IS_TRANSACTION_POOLER, allowed }]);
}

function busy(waitedMs: number): MigrationError {
  return new MigrationError(
    'busy',
    [],
    `Another run is applying migrations to this database and did not end within ${Math.round(waitedMs / 1000)} s: let it finish, then run this again.`,
  );
}
