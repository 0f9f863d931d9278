import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  IS_CLUSTER,
  isSqlState,
  type PgClient,
  type PostgresTarget,
  toConnectionError,
  withConnection,
} from '@vatevo/connection';
import pg from 'pg';
import { prismaFiles } from '../migrations/folder.ts';
import { APP_ROLE, JOBS_ROLE, ROLES, type Role } from './roles.ts';

/** A role that the API works as is not there, or not as it must be, and this login may not fix that. */
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
/** Where tables that keys connect are distributed, a cluster alters them in one transaction only like this; elsewhere it means nothing. */
const ONE_SHARD_AFTER_THE_OTHER = `SELECT set_config('citus.multi_shard_modify_mode', 'sequential', true)`;
const MAX_TRIES = 5;
const PAUSE_MS = 100;

/**
 * Makes the roles that the API works as, lets this login act as them, and gives them the rights in this database that
 * `prisma/postgres/grants.sql` says, and no others on the same tables. Whoever could act as {@link APP_ROLE} before there
 * was a {@link JOBS_ROLE} may act as both, so that a release from before it goes on delivering. Safe to run again, and at the same time as others on other databases of the server.
 *
 * @throws RolesError when a superuser or a login with CREATEROLE has to do it
 * @throws ConnectionError
 */
export function setUpRoles(target: PostgresTarget): Promise<{ readonly created: readonly Role[] }> {
  return withConnection(target, (client) =>
    setUp(client).catch((error: unknown) => {
      throw error instanceof RolesError ? error : toConnectionError(error, target);
    }),
  );
}

async function setUp(client: PgClient): Promise<{ created: Role[] }> {
  const created: Role[] = [];
  for (const role of ROLES) if (await setUpRole(client, role)) created.push(role);
  await grant(client);
  return { created };
}

/** @returns whether it was made */
async function setUpRole(client: PgClient, role: Role): Promise<boolean> {
  for (let made = false; ; ) {
    const standing = await readStanding(client, role);
    if (standing.privileged) {
      throw new RolesError(`The role ${role} can pass by row-level security, which keeps tenants apart.`, [
        `ALTER ROLE ${role} NOSUPERUSER NOBYPASSRLS;`,
      ]);
    }
    const statements = missing(role, standing);
    if (statements.length === 0) return made;
    try {
      // Run together, or not at all.
      await client.query(statements.join(' '));
      made ||= !standing.exists;
    } catch (error) {
      // Somebody else did the same at the same moment.
      if (isSqlState(error, 'duplicate_object', 'unique_violation')) continue;
      if (!isSqlState(error, 'insufficient_privilege')) throw error;
      throw await refusedTo(client, error);
    }
  }
}

/**
 * For an administrator: statements for what is missing of the roles that the API works as, or of this login's right to; none
 * when nothing is.
 */
export async function findMissingRoles(client: Pick<PgClient, 'query'>): Promise<string[]> {
  const statements: string[] = [];
  for (const role of ROLES) statements.push(...missing(role, await readStanding(client, role)));
  return statements.length > 0 ? statements : findUninherited(client);
}

/** Keys are looked up with what the login has of the roles without acting as one. */
async function findUninherited(client: Pick<PgClient, 'query'>): Promise<string[]> {
  const { rows } = await client.query<{ login: string; mayLookUp: boolean; byGrant: boolean }>(
    `SELECT quote_ident(current_user) AS login, current_setting('server_version_num')::int >= 160000 AS "byGrant",
       coalesce((SELECT bool_and(has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE'))
         FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
         WHERE n.nspname = 'public' AND p.proname = 'vatevo_tenant_by_key'), true) AS "mayLookUp"`,
  );
  const { login, mayLookUp, byGrant } = rows[0] as (typeof rows)[number];
  if (mayLookUp) return [];
  return byGrant
    ? ROLES.map((role) => `GRANT ${role} TO ${login} WITH INHERIT TRUE;`)
    : [`ALTER ROLE ${login} INHERIT;`];
}

async function refusedTo(client: PgClient, cause: unknown): Promise<RolesError> {
  const { login } = await readStanding(client, APP_ROLE);
  return new RolesError(
    `The API works as the roles ${ROLES.join(' and ')}, and the role ${pg.escapeIdentifier(login)} may not set them up: an administrator has to.`,
    await findMissingRoles(client),
    { cause },
  );
}

interface Standing {
  readonly login: string;
  readonly exists: boolean;
  /** The login may act as the role. */
  readonly member: boolean;
  readonly privileged: boolean;
  /** A cluster's coordinator connects to its workers as the role, and the role may not log in. */
  readonly lacksLogin: boolean;
  /** The roles and logins that may act as {@link APP_ROLE}. */
  readonly ofApp: readonly string[];
}

async function readStanding(client: Pick<PgClient, 'query'>, role: Role): Promise<Standing> {
  // Since version 16, to be a member is not yet to be allowed SET ROLE.
  const { rows } = await client.query<Standing>(
    `SELECT current_user AS login, r.oid IS NOT NULL AS exists, $1 = $2 AND NOT coalesce(r.rolcanlogin, false)
       AND ${IS_CLUSTER} AS "lacksLogin", coalesce(r.rolsuper OR r.rolbypassrls, false) AS privileged,
       coalesce(pg_has_role(current_user, r.oid,
         CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END), false) AS member,
       ARRAY(SELECT DISTINCT pg_get_userbyid(m.member)::text FROM pg_auth_members AS m
         WHERE pg_get_userbyid(m.roleid) = $2 ORDER BY 1) AS "ofApp"
     FROM (SELECT) AS one LEFT JOIN pg_roles AS r ON r.rolname = $1`,
    [role, APP_ROLE],
  );
  return rows[0] as Standing;
}

/** What makes the role, and lets the login act as it. */
function missing(role: Role, { exists, member, lacksLogin, login, ofApp }: Standing): string[] {
  const others = role === JOBS_ROLE && !exists ? ofApp.filter((name) => name !== login) : [];
  const members = [...new Set([login, ...others])].map((name) => pg.escapeIdentifier(name));
  return [
    ...(exists ? [] : [`CREATE ROLE ${role} NOLOGIN;`]),
    ...(lacksLogin ? [`ALTER ROLE ${role} LOGIN;`] : []),
    ...(member ? [] : [`GRANT ${role} TO ${members.join(', ')};`]),
  ];
}

/** Grants are rows of the catalog, and two sessions that write the same one get in each other's way. */
async function grant(client: PgClient): Promise<void> {
  const statements = await readFile(prismaFiles('postgres').grants, 'utf8');
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(
        `BEGIN; SELECT pg_advisory_xact_lock(${ONE_AT_A_TIME}); ${ONE_SHARD_AFTER_THE_OTHER}; ${statements}; COMMIT`,
      );
      return;
    } catch (error) {
      await client.query('ROLLBACK');
      // "Tuple concurrently updated" has no code of its own.
      if (!isSqlState(error, 'internal_error') || attempt === MAX_TRIES) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}
