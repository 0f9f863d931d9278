import { notOfExtension, OUR_SCHEMAS } from '@vatevo/connection/catalog';
import type { ClientBase } from 'pg';
import type { Fault } from '../../check/fault.ts';
import { quoteTable } from '../../quote.ts';
import { APP_ROLE, ROLES } from '../../roles/roles.ts';
import type { GivenPrivilege, TableRule, TenancyRules } from '../rules.ts';
import type { Exemptions } from './exemptions.ts';
import { BY_HAND, exposure } from './fault.ts';

interface Grant {
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly column: string | null;
  /** The table whose numbers a sequence counts. */
  readonly owner: string | null;
  readonly grantee: string;
  readonly privilege: string;
}

const GRANTEE = `CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END`;

const GRANTS = `
  SELECT c.oid::text, n.nspname AS schema, c.relname AS table, c.oid::regclass::text AS name,
    (SELECT d.refobjid::text FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
      AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a') AS owner,
    g.column, ${GRANTEE} AS grantee, g.privilege_type AS privilege
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
      SELECT NULL::text AS column, a.* FROM aclexplode(c.relacl) AS a
      UNION ALL
      SELECT t.attname, a.* FROM pg_attribute AS t CROSS JOIN LATERAL aclexplode(t.attacl) AS a
      WHERE t.attrelid = c.oid AND NOT t.attisdropped) AS g
  WHERE g.grantee <> c.relowner AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND ${OUR_SCHEMAS}
    AND ${notOfExtension('pg_class', 'c.oid')}
  ORDER BY c.oid::regclass::text COLLATE "C", g.column NULLS FIRST, 7, 8`;

/** Rights that the migrations give, and the schema does not grant. */
export async function exposedByGrants(
  client: ClientBase,
  { tables }: TenancyRules,
  exemptions: Exemptions,
): Promise<Fault[]> {
  const { rows } = await client.query<Grant>(GRANTS);
  const counted = await insertable(client, tables);
  return [
    ...rows.flatMap((grant) => {
      const isNumber = grant.privilege === 'USAGE' && grant.owner !== null && counted.has(grant.owner);
      if (grant.grantee === APP_ROLE && isNumber) return [];
      const ofRows = tables.find(({ model }) => model.schema === grant.schema && model.table === grant.table);
      const privileges: readonly GivenPrivilege[] =
        ofRows?.privileges.map((privilege) => ({ ...privilege, role: APP_ROLE })) ??
        exemptions.of(grant.oid)?.privileges ??
        [];
      if (isGranted(grant, privileges)) return [];
      const { name, column, grantee, privilege } = grant;
      const what = column === null ? privilege : `${privilege} (${column})`;
      return exposure(
        `${grantee} has ${what} on ${name}, which the schema does not grant`,
        `Who has which right on a table is said in the schema, for ${APP_ROLE} alone: /// @grant ${privilege}. ${BY_HAND}`,
        `REVOKE ${what} ON ${name} FROM ${grantee};`,
      );
    }),
    ...(await exposedByDefaults(client)),
    ...(await exposedBySchemas(client)),
  ];
}

/** The tables that rows may be added to, by oid: their numbers may be taken. */
async function insertable(client: ClientBase, tables: readonly TableRule[]): Promise<Set<string>> {
  const names = tables
    .filter(({ privileges }) => privileges.some(({ name }) => name === 'INSERT'))
    .map(({ model }) => quoteTable(model));
  const { rows } = await client.query<{ oid: string }>(
    'SELECT to_regclass(name)::oid::text AS oid FROM unnest($1::text[]) AS name',
    [names],
  );
  return new Set(rows.map(({ oid }) => oid));
}

function isGranted({ grantee, privilege, column }: Grant, privileges: readonly GivenPrivilege[]): boolean {
  return privileges.some(
    ({ role, name, fields }) =>
      role === grantee && name === privilege && (!fields || (column !== null && fields.includes(column))),
  );
}

/** Rights on what is still to be made. */
async function exposedByDefaults(client: ClientBase): Promise<Fault[]> {
  const { rows } = await client.query<{ grantee: string; privilege: string }>(
    `SELECT DISTINCT ${GRANTEE} AS grantee, g.privilege_type AS privilege
     FROM pg_default_acl AS d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS g
     WHERE d.defaclobjtype IN ('r', 'S', 'n') AND g.grantee <> d.defaclrole ORDER BY 1, 2`,
  );
  return rows.map(({ grantee, privilege }) =>
    exposure(
      `default privileges give ${grantee} ${privilege} on whatever is made from now on`,
      'A table must be protected before somebody may use it. In a new migration:',
      `ALTER DEFAULT PRIVILEGES REVOKE ${privilege} ON TABLES FROM ${grantee};`,
    ),
  );
}

/** Who can make things in a schema can put them in the way of ours. */
async function exposedBySchemas(client: ClientBase): Promise<Fault[]> {
  const { rows } = await client.query<{ schema: string; grantee: string }>(
    `SELECT n.nspname AS schema, ${GRANTEE} AS grantee
     FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS g
     WHERE ${OUR_SCHEMAS} AND g.privilege_type = 'CREATE' AND g.grantee <> n.nspowner
       AND (g.grantee = 0 OR pg_get_userbyid(g.grantee) = ANY ($1)) ORDER BY 1, 2`,
    [[...ROLES]],
  );
  return rows.map(({ schema, grantee }) =>
    exposure(
      `${grantee} may make things in schema ${schema}`,
      'A tenant’s statements could put a function in the way of ours. In a new migration:',
      `REVOKE CREATE ON SCHEMA ${schema} FROM ${grantee};`,
    ),
  );
}
