import type { ClientBase } from 'pg';
import { quote } from '../quote.ts';
import { TENANT_SETTING } from '../roles/roles.ts';
import type { TableRule } from './rules.ts';

/** The longest name that PostgreSQL keeps, in bytes. */
const LONGEST_NAME = 63;
const SUFFIX = '_own';

/** A table as a migration names it: without its schema where that is the usual one. */
function inMigration({ schema, table }: TableRule['model']): string {
  return schema === 'public' ? quote(table) : `${quote(schema)}.${quote(table)}`;
}

/** The policy by which a tenant sees and writes the rows that are its own, and no others. */
export function createPolicy(rule: TableRule & { tenancy: { column: string } }, type: string): string {
  const { model, tenancy } = rule;
  const name = `${cut(model.table, LONGEST_NAME - SUFFIX.length)}${SUFFIX}`;
  return (
    `CREATE POLICY ${quote(name)} ON ${inMigration(model)}\n` +
    `    USING (${quote(tenancy.column)} = NULLIF(current_setting('${TENANT_SETTING}', true), '')::${type});`
  );
}

export function enableRowSecurity({ model }: TableRule): string {
  return `ALTER TABLE ${inMigration(model)} ENABLE ROW LEVEL SECURITY;`;
}

function cut(name: string, bytes: number): string {
  let kept = name;
  while (Buffer.byteLength(kept) > bytes) kept = kept.slice(0, -1);
  return kept;
}

/**
 * The statements that protect the tables which the schema gives a tenant, and which the migrations leave open.
 *
 * @param client on a database that the migrations made
 */
export async function missingProtection(client: ClientBase, rules: readonly TableRule[]): Promise<string[]> {
  const statements: string[] = [];
  for (const rule of rules) {
    if (rule.tenancy.kind === 'exempt') continue;
    const { rows } = await client.query<{ type: string; enabled: boolean; protected: boolean }>(
      `SELECT format_type(a.atttypid, NULL) AS type, c.relrowsecurity AS enabled,
         EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polpermissive) AS protected
       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
       WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p') AND a.attname = $3 AND NOT a.attisdropped`,
      [rule.model.schema, rule.model.table, rule.tenancy.column],
    );
    const [found] = rows;
    if (!found) continue;
    if (!found.enabled) statements.push(enableRowSecurity(rule));
    if (!found.protected) statements.push(createPolicy({ ...rule, tenancy: rule.tenancy }, found.type));
  }
  return statements;
}
