import type { ClientBase } from 'pg';
import type { Fault } from '../../check/fault.ts';
import { quoteTable } from '../../quote.ts';
import { createPolicy, enableRowSecurity } from '../policy.ts';
import type { TableRule, TenancyRules } from '../rules.ts';
import { exposure } from './fault.ts';

interface Policy {
  readonly name: string;
  readonly permissive: boolean;
  /** All commands, for everybody. */
  readonly isGeneral: boolean;
  readonly using: string | null;
  readonly check: string | null;
}

interface Guarded {
  readonly oid: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly type: string | null;
  readonly notNull: boolean | null;
}

const GUARDED = `
  SELECT c.oid::text, c.oid::regclass::text AS name, c.relrowsecurity AS enabled,
    format_type(a.atttypid, NULL) AS type, a.attnotnull AS "notNull"
  FROM pg_class AS c
    LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = $2 AND NOT a.attisdropped
  WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p')`;

const POLICIES = `
  SELECT p.polname AS name, p.polpermissive AS permissive, p.polcmd = '*' AND p.polroles = '{0}' AS "isGeneral",
    pg_get_expr(p.polqual, p.polrelid) AS "using", pg_get_expr(p.polwithcheck, p.polrelid) AS check
  FROM pg_policy AS p WHERE p.polrelid = $1::oid ORDER BY p.polname COLLATE "C"`;

/** Tables with a tenant whose rows the tenant's policy does not keep apart. */
export async function exposedByPolicies(client: ClientBase, { tables }: TenancyRules): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const rule of tables) {
    if (rule.tenancy.kind !== 'exempt') faults.push(...(await lookAt(client, rule, rule.tenancy)));
  }
  return faults;
}

async function lookAt(
  client: ClientBase,
  rule: TableRule,
  tenancy: { readonly kind: string; readonly column: string },
): Promise<Fault[]> {
  const { rows } = await client.query<Guarded>(GUARDED, [quoteTable(rule.model), tenancy.column]);
  const [table] = rows;
  // What the migrations do not make yet, the comparison with the schema reports.
  if (!table || table.type === null) return [];
  const wanted = createPolicy({ ...rule, tenancy: { ...rule.tenancy, column: tenancy.column } }, table.type);
  const faults: Fault[] = [];
  const fix = 'pnpm db:migrate --name WHAT_CHANGES writes it:';
  if (!table.enabled) {
    faults.push(
      exposure(
        `table ${table.name} has no row-level security: every tenant sees all rows`,
        fix,
        enableRowSecurity(rule),
      ),
    );
  }
  const { rows: policies } = await client.query<Policy>(POLICIES, [table.oid]);
  const permissive = policies.filter((policy) => policy.permissive);
  if (permissive.length === 0) {
    faults.push(exposure(`table ${table.name} has no policy that shows a tenant its rows`, fix, wanted));
    return faults;
  }
  const own = await printed(client, rule, { ...table, type: table.type }, tenancy.column);
  for (const policy of permissive) {
    if (policy.isGeneral && policy.using === own && (policy.check === null || policy.check === own)) continue;
    faults.push(
      exposure(
        `policy ${policy.name} of ${table.name} is not the tenant's policy: USING (${policy.using ?? 'true'})${policy.check === null ? '' : ` WITH CHECK (${policy.check})`}`,
        'Permissive policies add up: one that lets more pass opens the table. In a new migration:',
        `DROP POLICY "${policy.name}" ON ${table.name};`,
        ...(permissive.length === 1 ? [wanted] : []),
        'A policy that takes something away from what the tenant may do is AS RESTRICTIVE.',
      ),
    );
  }
  return faults;
}

/** The condition of the tenant's policy as this server prints it, by making the policy; the transaction is rolled back. */
async function printed(
  client: ClientBase,
  rule: TableRule,
  { oid, type }: { readonly oid: string; readonly type: string },
  column: string,
): Promise<string | null> {
  const name = 'vatevo check';
  const statement = createPolicy({ ...rule, tenancy: { ...rule.tenancy, column } }, type).replace(
    /^CREATE POLICY "(?:[^"]|"")*"/,
    `CREATE POLICY "${name}"`,
  );
  await client.query(statement);
  const { rows } = await client.query<{ using: string }>(
    `SELECT pg_get_expr(polqual, polrelid) AS "using" FROM pg_policy WHERE polrelid = $1::oid AND polname = $2`,
    [oid, name],
  );
  return rows[0]?.using ?? null;
}
