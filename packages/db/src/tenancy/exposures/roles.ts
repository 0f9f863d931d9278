import { OUR_SCHEMAS } from '@vatevo/connection/catalog';
import type { ClientBase } from 'pg';
import type { Fault } from '../../check/fault.ts';
import { ROLES, type Role, TENANT_SETTING } from '../../roles/roles.ts';
import { exposure } from './fault.ts';

/** What our roles are, beyond the rights that they are given. */
export async function exposedByRoles(client: ClientBase): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const role of ROLES)
    faults.push(...(await attributes(client, role)), ...(await ownership(client, role)));
  return [...faults, ...(await settings(client))];
}

async function attributes(client: ClientBase, name: Role): Promise<Fault[]> {
  const { rows } = await client.query<{ attribute: string }>(
    `SELECT a.attribute FROM pg_roles AS r CROSS JOIN LATERAL (VALUES ('SUPERUSER', r.rolsuper),
       ('BYPASSRLS', r.rolbypassrls), ('CREATEROLE', r.rolcreaterole), ('CREATEDB', r.rolcreatedb),
       ('REPLICATION', r.rolreplication)) AS a (attribute, is_set)
     WHERE r.rolname = $1 AND a.is_set`,
    [name],
  );
  const { rows: roles } = await client.query<{ role: string }>(
    `SELECT m.roleid::regrole::text AS role FROM pg_auth_members AS m
     WHERE pg_get_userbyid(m.member) = $1 ORDER BY 1`,
    [name],
  );
  return [
    ...rows.map(({ attribute }) =>
      exposure(
        `role ${name} is ${attribute}, so policies and rights do not bind it`,
        'In a new migration:',
        `ALTER ROLE ${name} NO${attribute};`,
      ),
    ),
    ...roles.map(({ role }) =>
      exposure(
        `role ${name} is a member of ${role}, and has its rights`,
        'In a new migration:',
        `REVOKE ${role} FROM ${name};`,
      ),
    ),
  ];
}

/** An owner passes by the policies of its tables. */
async function ownership(client: ClientBase, role: Role): Promise<Fault[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE ${OUR_SCHEMAS} AND pg_get_userbyid(c.relowner) = $1 AND c.relkind IN ('r', 'p', 'f', 'v', 'm') ORDER BY 1`,
    [role],
  );
  return rows.map(({ name }) =>
    exposure(
      `${name} belongs to ${role}, and policies do not bind an owner`,
      'Leave tables to the login that migrates. In a new migration:',
      `ALTER TABLE ${name} OWNER TO CURRENT_USER;`,
    ),
  );
}

/** A tenant that is set for a whole session would be everybody's. */
async function settings(client: ClientBase): Promise<Fault[]> {
  const { rows } = await client.query<{ setting: string }>(
    `SELECT s.setting FROM pg_db_role_setting AS d CROSS JOIN LATERAL unnest(d.setconfig) AS s (setting)
     WHERE s.setting LIKE $1`,
    [`${TENANT_SETTING}=%`],
  );
  return rows.map(({ setting }) =>
    exposure(
      `${setting} is set for a role or a database: whoever names no tenant is this one`,
      'Only a transaction names its tenant. In a new migration, for the role or the database that has it:',
      `ALTER ROLE … RESET ${TENANT_SETTING};`,
    ),
  );
}
