import { OUR_SCHEMAS } from '@vatevo/connection/catalog';
import type { ClientBase } from 'pg';

/** Roles that something is granted to or that a policy is about; the owners of objects do not count. */
export async function readRoles(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(`
    WITH given (acl, owner, namespace) AS (
      SELECT n.nspacl, n.nspowner, n.oid FROM pg_namespace AS n
      UNION ALL SELECT relacl, relowner, relnamespace FROM pg_class
      UNION ALL SELECT a.attacl, c.relowner, c.relnamespace FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
      UNION ALL SELECT proacl, proowner, pronamespace FROM pg_proc
      UNION ALL SELECT typacl, typowner, typnamespace FROM pg_type
    ), named (role, namespace) AS (
      SELECT a.grantee, g.namespace FROM given AS g CROSS JOIN LATERAL aclexplode(g.acl) AS a WHERE a.grantee <> g.owner
      UNION ALL SELECT unnest(p.polroles), c.relnamespace FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
    )
    SELECT DISTINCT r.rolname::text AS role FROM named JOIN pg_roles AS r ON r.oid = named.role
      JOIN pg_namespace AS n ON n.oid = named.namespace
    WHERE ${OUR_SCHEMAS} ORDER BY 1`);
  return rows.map(({ role }) => role);
}

/** Which of the roles a server lacks. */
export async function missingRoles(client: ClientBase, roles: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    'SELECT role FROM unnest($1::text[]) AS role WHERE role NOT IN (SELECT rolname FROM pg_roles)',
    [roles],
  );
  return rows.map(({ role }) => role);
}
