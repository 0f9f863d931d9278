import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connect,
  isSqlState,
  type PgClient,
  type PostgresTarget,
  toConnectionError,
} from '@vatevo/connection';
import pg from 'pg';
import { prismaFiles } from '../migrations/folder.ts';
import { APP_ROLE } from './app-role.ts';

/** The role of the API is not there, or not as it must be, and this login may not mend that. */
export class RolesError extends Error {
  override readonly name = 'RolesError';
  /** What an administrator has to run, a statement each. */
  readonly remedy: readonly string[];

  constructor(message: string, remedy: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}

/** An advisory lock of ours, for those who set up the roles of one database: the first bytes of SHA-256("vatevo roles"). */
const ONE_AT_A_TIME = 138305805554562;
const MAX_TRIES = 5;
const PAUSE_MS = 100;

/**
 * Makes the role that the API works as, lets this login act as it, and gives it the rights in this database that
 * `prisma/postgres/grants.sql` says, and no others on the same tables. Safe to run again, and at the same time as others on other databases of the server.
 *
 * @throws RolesError when a superuser or a login with CREATEROLE has to do it
 * @throws ConnectionError
 */
export async function setUpRoles(target: PostgresTarget): Promise<{ readonly created: boolean }> {
  const client = await connect(target);
  try {
    return await setUp(client);
  } catch (error) {
    if (error instanceof RolesError) throw error;
    throw toConnectionError(error, target);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function setUp(client: PgClient): Promise<{ created: boolean }> {
  const before = await readStanding(client);
  const login = pg.escapeIdentifier(before.login);
  const remedy = [
    ...(before.exists ? [] : [`CREATE ROLE ${APP_ROLE} NOLOGIN;`]),
    `GRANT ${APP_ROLE} TO ${login};`,
  ];
  if (!before.exists) await tryOut(client, `CREATE ROLE ${APP_ROLE} NOLOGIN`, before.login, remedy);
  const standing = before.exists ? before : await readStanding(client);
  if (standing.privileged) {
    throw new RolesError(`The role ${APP_ROLE} can pass by row-level security, which keeps tenants apart.`, [
      `ALTER ROLE ${APP_ROLE} NOSUPERUSER NOBYPASSRLS;`,
    ]);
  }
  if (!standing.member) await tryOut(client, `GRANT ${APP_ROLE} TO ${login}`, before.login, remedy);
  await grant(client);
  return { created: !before.exists };
}

interface Standing {
  readonly login: string;
  readonly exists: boolean;
  /** The login may act as the role. */
  readonly member: boolean;
  readonly privileged: boolean;
}

async function readStanding(client: PgClient): Promise<Standing> {
  // Since version 16, to be a member is not yet to be allowed SET ROLE.
  const { rows } = await client.query<Standing>(
    `SELECT current_user AS login, r.oid IS NOT NULL AS exists, coalesce(r.rolsuper OR r.rolbypassrls, false) AS privileged,
       coalesce(pg_has_role(current_user, r.oid,
         CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END), false) AS member
     FROM (SELECT) AS one LEFT JOIN pg_roles AS r ON r.rolname = $1`,
    [APP_ROLE],
  );
  return rows[0] as Standing;
}

async function tryOut(
  client: PgClient,
  statement: string,
  login: string,
  remedy: readonly string[],
): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    // Somebody else made the role at the same moment.
    if (isSqlState(error, 'duplicate_object', 'unique_violation')) return;
    if (!isSqlState(error, 'insufficient_privilege')) throw error;
    throw new RolesError(
      `The API works as the role ${APP_ROLE}, and the role ${pg.escapeIdentifier(login)} may not set it up: an administrator has to.`,
      remedy,
      { cause: error },
    );
  }
}

/** Grants are rows of the catalog, and two sessions that write the same one get in each other's way. */
async function grant(client: PgClient): Promise<void> {
  const statements = await readFile(prismaFiles('postgres').grants, 'utf8');
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${ONE_AT_A_TIME}); ${statements}; COMMIT`);
      return;
    } catch (error) {
      await client.query('ROLLBACK');
      // "Tuple concurrently updated" has no code of its own.
      if (!isSqlState(error, 'internal_error') || attempt === MAX_TRIES) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}
