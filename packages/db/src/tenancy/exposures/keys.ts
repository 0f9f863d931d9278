import type { ClientBase } from 'pg';
import type { Fault } from '../../check/fault.ts';
import { quoteTable } from '../../quote.ts';
import type { TableRule, TenancyRules } from '../rules.ts';
import type { Exemptions } from './exemptions.ts';
import { exposure } from './fault.ts';

interface Key {
  readonly id: string;
  readonly name: string;
  readonly kind: 'unique' | 'exclusion' | 'foreign';
  /** Its first column; null for an expression. */
  readonly first: string | null;
  readonly columns: number;
  /** A foreign key's other side. */
  readonly toSchema: string | null;
  readonly toTable: string | null;
  readonly toFirst: string | null;
}

const KEYS = `
  SELECT i.indexrelid::text AS id, i.indexrelid::regclass::text AS name,
    CASE WHEN i.indisexclusion THEN 'exclusion' ELSE 'unique' END AS kind,
    (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0]) AS first,
    i.indnkeyatts::int AS columns, NULL AS "toSchema", NULL AS "toTable", NULL AS "toFirst"
  FROM pg_index AS i WHERE i.indrelid = to_regclass($1) AND (i.indisunique OR i.indisexclusion)
  UNION ALL
  SELECT k.conrelid::regclass || '.' || quote_ident(k.conname), k.conrelid::regclass || '.' || quote_ident(k.conname), 'foreign',
    (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1]),
    cardinality(k.conkey), n.nspname, c.relname,
    (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = k.confrelid AND a.attnum = k.confkey[1])
  FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.confrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = to_regclass($1)
  ORDER BY 2`;

/**
 * Keys of tables with a tenant that the tenant does not lead. A unique key of other columns tells one tenant, by
 * refusing a value, that another has it; a foreign key of other columns lets a row point into another tenant's. And
 * neither can be kept by a table that is distributed by tenant.
 */
export async function exposedByKeys(
  client: ClientBase,
  { tables }: TenancyRules,
  exemptions: Exemptions,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const rule of tables) {
    const { tenancy } = rule;
    if (tenancy.kind !== 'tenant') continue;
    const { rows } = await client.query<Key>(KEYS, [quoteTable(rule.model)]);
    for (const key of rows) {
      if (exemptions.has(key.id) || leads(key, tenancy.column, tables)) continue;
      faults.push(
        exposure(
          `${WHAT[key.kind]} ${key.name} of ${rule.model.table} does not begin with the tenant, ${tenancy.column}: ${EFFECT[key.kind]}`,
          `Let the tenant lead the key in the schema (pnpm db:migrate does so for a new one), or say above model ${rule.model.name}: /// @exempt ${key.name} because REASON`,
        ),
      );
    }
  }
  return faults;
}

const WHAT = { unique: 'unique key', exclusion: 'exclusion constraint', foreign: 'foreign key' } as const;
const EFFECT = {
  unique: 'it tells one tenant which values another has',
  exclusion: 'it tells one tenant which values another has',
  foreign: 'a row of one tenant can point to another tenant’s',
} as const;

function leads({ kind, first, columns, ...to }: Key, column: string, tables: readonly TableRule[]): boolean {
  if (kind !== 'foreign') return first === column;
  const target = tables.find(
    ({ model }) => model.schema === to.toSchema && model.table === to.toTable,
  )?.tenancy;
  if (target === undefined || target.kind === 'exempt') return true;
  if (first !== column || to.toFirst !== target.column) return false;
  return target.kind === 'tenant' || columns === 1;
}
