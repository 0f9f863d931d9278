import type { Node } from 'libpg-query';
import type { Fault } from '../check/fault.ts';
import { parseScript } from '../check/lint/parse.ts';
import type { MigrationFile } from '../migrations/folder.ts';
import { ROLES } from '../roles/roles.ts';

/**
 * Rights that migrations give our roles. Roles belong to the server: such a migration fails where the role is
 * not there yet, as on every new one, whose roles are set up when the migrations are applied.
 */
export async function grantedByMigrations(migrations: readonly MigrationFile[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { name, script } of migrations) {
    const parsed = await parseScript(script);
    // The linter says what cannot be parsed.
    if ('message' in parsed) continue;
    for (const { node, line } of parsed.statements) {
      const role = ROLES.find((known) => grantees(node).includes(known));
      if (role === undefined) continue;
      faults.push({
        file: `prisma/postgres/migrations/${name}/migration.sql:${line}`,
        problem: `grants a right to ${role}, and fails on a server that does not have that role yet`,
        fix: `Take the statement out, then pnpm db:migrate --record. The rights of ${role} are those of the schema (/// @grant), in grants.sql, which every deploy runs.`,
      });
    }
  }
  return faults;
}

function grantees(node: Node): string[] {
  const grant =
    'AlterDefaultPrivilegesStmt' in node
      ? node.AlterDefaultPrivilegesStmt.action
      : 'GrantStmt' in node
        ? node.GrantStmt
        : undefined;
  return grant?.is_grant ? (grant.grantees ?? []).flatMap(roleName) : [];
}

function roleName(node: Node): string[] {
  return 'RoleSpec' in node && node.RoleSpec.rolename !== undefined ? [node.RoleSpec.rolename] : [];
}
