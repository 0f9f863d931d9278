import { notOfExtension } from '@vatevo/connection/catalog';
import { TENANT_SETTING, type TenantTable } from '@vatevo/db/distribution';
import type { Client } from 'pg';

/** What becomes of the tables, by what the catalog says of them. */
export interface Layout {
  /** Those that lie whole on every server: that of the tenants, and others that tables of tenants point to. */
  readonly reference: readonly string[];
  /** Those that are spread by their tenant; each behind the ones that it points to. */
  readonly spread: readonly SpreadTable[];
  /** Foreign keys between tables that are spread, which are taken away while those are. */
  readonly keys: readonly ForeignKey[];
  /** As `findObstacles` takes them. */
  readonly tables: readonly TenantTable[];
}

export interface SpreadTable {
  /** Qualified and quoted. */
  readonly name: string;
  /** The column that holds the tenant. */
  readonly by: string;
}

export interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/** All tables that are to be distributed. */
export function namesOf({ reference, spread }: Layout): string[] {
  return [...reference, ...spread.map(({ name }) => name)];
}

interface Found extends TenantTable {
  readonly name: string;
  /** The policy's column alone is the table's key: its rows are the tenants. */
  readonly isRoot: boolean;
  readonly isPointedTo: boolean;
}

/**
 * A table's tenant is the column by which its policy for tenants chooses rows; where that column alone is the primary key, the rows are the
 * tenants themselves.
 */
const TABLES = `
  WITH ours AS (
    SELECT c.oid, n.nspname, c.relname, (
      SELECT a.attnum FROM pg_policy AS p
      JOIN pg_depend AS d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid > 0
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
      WHERE p.polrelid = c.oid AND strpos(pg_get_expr(p.polqual, c.oid), $1) > 0 LIMIT 1) AS tenant
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND ${notOfExtension('pg_class', 'c.oid')}
  ), told AS (
    SELECT o.*, EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = o.oid AND i.indisprimary
      AND i.indnkeyatts = 1 AND i.indkey[0] = o.tenant) AS "isRoot"
    FROM ours AS o
  )
  SELECT format('%I.%I', o.nspname, o.relname) AS name, o.nspname AS schema, o.relname AS table, o."isRoot",
    CASE WHEN NOT o."isRoot" THEN (SELECT attname FROM pg_attribute WHERE attrelid = o.oid AND attnum = o.tenant) END AS tenant,
    EXISTS (SELECT FROM pg_constraint AS k JOIN told AS t ON t.oid = k.conrelid AND t.tenant IS NOT NULL AND NOT t."isRoot"
      WHERE k.contype = 'f' AND k.confrelid = o.oid) AS "isPointedTo"
  FROM told AS o ORDER BY 1`;

const KEYS = `
  SELECT format('%I.%I', n.nspname, c.relname) AS table, quote_ident(k.conname) AS name, pg_get_constraintdef(k.oid) AS definition
  FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE k.contype = 'f' AND k.conparentid = 0
    AND k.conrelid = ANY ($1::text[]::regclass[]) AND k.confrelid = ANY ($1::text[]::regclass[]) ORDER BY 1, 2`;

/** Reads what is to become of the tables; changes nothing. */
export async function readLayout(client: Client): Promise<Layout> {
  const { rows } = await client.query<Found>(TABLES, [TENANT_SETTING]);
  const spread = rows.flatMap(({ name, tenant }) =>
    tenant === null ? [] : [{ name, by: tenant as string }],
  );
  const { rows: keys } = await client.query<ForeignKey>(KEYS, [spread.map(({ name }) => name)]);
  return {
    reference: rows
      .filter(({ tenant, isRoot, isPointedTo }) => tenant === null && (isRoot || isPointedTo))
      .map(({ name }) => name),
    spread,
    keys,
    tables: rows.map(({ schema, table, tenant }) => ({ schema, table, tenant: tenant ?? undefined })),
  };
}
