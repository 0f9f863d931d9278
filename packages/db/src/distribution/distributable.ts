import type { ClientBase } from 'pg';
import { quoteTable } from '../quote.ts';

/** A table, and the column that holds its rows' tenant: undefined where they are of no one tenant. */
export interface TenantTable {
  readonly schema: string;
  readonly table: string;
  readonly tenant: string | undefined;
}

/** Why a table cannot be distributed by tenant, and what to do about it. */
export interface Obstacle {
  /** As the schema may exempt it: `invoices.invoices_tenant_id_fkey`, an index by its own name. */
  readonly objects: readonly string[];
  readonly problem: string;
  readonly fix: string;
}

/** What keeps a table from lying on several servers. */
interface Rule {
  /** Of the table `$1`; of one of a tenant's, `$2` is the column that holds it, and else `$2` are the tables of tenants. */
  readonly sql: string;
  readonly problem: (found: Found, table: TenantTable) => string;
  readonly fix: string;
}

interface Found {
  readonly name: string;
  readonly why: string;
}

/** Where the shards of a tenant lie together, a row is found, and its key checked, on one server. */
const SHARDED = 'a table that is distributed by tenant cannot';

const OF_TENANTS: readonly Rule[] = [
  {
    sql: `SELECT i.indexrelid::regclass::text AS name,
        CASE WHEN i.indisexclusion THEN 'exclusion constraint' ELSE 'unique key' END AS why
      FROM pg_index AS i WHERE i.indrelid = $1::regclass AND (i.indisunique OR i.indisexclusion)
        AND NOT EXISTS (SELECT FROM pg_attribute AS a
          WHERE a.attrelid = i.indrelid AND a.attname = $2 AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1]))`,
    problem: ({ name, why }, { table }) =>
      `${why} ${name} of ${table} does not hold the tenant, and ${SHARDED} see what is in its other parts`,
    fix: 'Let the tenant lead the key.',
  },
  {
    // To a table of tenants the tenant has to lead to the tenant, at the same place.
    sql: `SELECT quote_ident(k.conname) AS name, k.confrelid::regclass::text AS why
      FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = $1::regclass AND k.conparentid = 0
        AND EXISTS (SELECT FROM unnest($3::text[], $4::text[]) AS t (name, tenant) WHERE t.name::regclass = k.confrelid
          AND NOT EXISTS (SELECT FROM generate_subscripts(k.conkey, 1) AS i
            JOIN pg_attribute AS own ON own.attrelid = k.conrelid AND own.attnum = k.conkey[i] AND own.attname = $2
            JOIN pg_attribute AS its ON its.attrelid = k.confrelid AND its.attnum = k.confkey[i] AND its.attname = t.tenant))`,
    problem: ({ name, why }, { table }) =>
      `foreign key ${name} of ${table} does not lead from the tenant to the tenant of ${why}, and ${SHARDED} point to another server`,
    fix: 'Let the tenant lead the key, on both sides.',
  },
  {
    sql: `SELECT quote_ident(k.conname) AS name,
        CASE WHEN k.confupdtype NOT IN ('a', 'r') THEN 'ON UPDATE' ELSE 'ON DELETE SET' END AS why
      FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = $1::regclass AND k.conparentid = 0
        AND (k.confupdtype NOT IN ('a', 'r') OR k.confdeltype IN ('n', 'd'))`,
    problem: ({ name, why }, { table }) =>
      `foreign key ${name} of ${table} has ${why}, which would change the tenant of rows, and ${SHARDED} do that`,
    fix: 'Give it onDelete: NoAction, onUpdate: NoAction; keys never change.',
  },
  {
    sql: `SELECT quote_ident(a.attname) AS name, CASE WHEN a.attidentity <> '' THEN 'is an identity'
          ELSE 'has the default ' || pg_get_expr(d.adbin, d.adrelid) END AS why
      FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND (
        a.attidentity <> ''
        -- What it names: a function of ours, a sequence that another column owns.
        OR EXISTS (SELECT FROM pg_depend AS p WHERE p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid
          AND (p.refclassid = 'pg_proc'::regclass OR p.refclassid = 'pg_class'::regclass AND p.refobjid <> a.attrelid
            AND NOT EXISTS (SELECT FROM pg_depend AS o WHERE o.classid = 'pg_class'::regclass AND o.objid = p.refobjid
              AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype = 'a'))))`,
    problem: ({ name, why }, { table }) =>
      `column ${name} of ${table} ${why}, and ${SHARDED} compute that everywhere alike`,
    fix: 'Use autoincrement() (a sequence of its own), a constant, now() or another function of PostgreSQL, or let the client give the value.',
  },
  {
    sql: `SELECT quote_ident(t.tgname) AS name, '' AS why FROM pg_trigger AS t
      WHERE t.tgrelid = $1::regclass AND NOT t.tgisinternal`,
    problem: ({ name }, { table }) => `${table} has the trigger ${name}, and ${SHARDED} have triggers`,
    fix: 'Do in the client, or in a function that it calls, what the trigger does.',
  },
];

/** Tables that are not of one tenant lie whole on every server, so they cannot point to rows that do not. */
const OF_ALL: Rule = {
  sql: `SELECT quote_ident(k.conname) AS name, k.confrelid::regclass::text AS why
    FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = $1::regclass AND k.confrelid = ANY ($2::regclass[])`,
  problem: ({ name, why }, { table }) =>
    `foreign key ${name} of ${table}, whose rows are of no one tenant, points to ${why}, whose rows are: the first would lie whole on every server, and the second would not`,
  fix: 'Let the table of the tenant point to the other one, or give both a tenant.',
};

const TENANT_TYPES = `
  SELECT format_type(a.atttypid, a.atttypmod) AS why, string_agg(c.relname, ', ' ORDER BY c.relname) AS name
  FROM unnest($1::text[], $2::text[]) AS t (name, tenant) JOIN pg_class AS c ON c.oid = t.name::regclass
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = t.tenant GROUP BY 1 ORDER BY 2`;

/**
 * What would keep tables from being distributed by tenant over several servers (a sharded PostgreSQL such as Citus).
 *
 * @param tables all that could have a tenant
 */
export async function findObstacles(client: ClientBase, tables: readonly TenantTable[]): Promise<Obstacle[]> {
  const sharded = tables.filter(({ tenant }) => tenant !== undefined);
  const names = sharded.map(quoteTable);
  const tenants = sharded.map(({ tenant }) => tenant);
  const obstacles: Obstacle[] = [];
  for (const table of tables) {
    const rules = table.tenant === undefined ? [OF_ALL] : OF_TENANTS;
    const all = table.tenant === undefined ? [names] : [table.tenant, names, tenants];
    for (const { sql, problem, fix } of rules) {
      // PostgreSQL takes no value that a statement does not name.
      const values = [quoteTable(table), ...all].filter((_, index) => sql.includes(`$${index + 1}`));
      const { rows } = await client.query<Found>(sql, values);
      for (const found of rows) {
        const objects = [`${table.table}.${found.name}`, found.name];
        obstacles.push({ objects, problem: problem(found, table), fix });
      }
    }
  }
  const { rows: types } = await client.query<Found>(TENANT_TYPES, [names, tenants]);
  if (types.length > 1) {
    const each = types.map(({ name, why }) => `${why} in ${name}`).join('; ');
    obstacles.push({
      objects: [],
      problem: `the tenant has not one type (${each}), and only rows whose tenants have one type lie together`,
      fix: 'Give the tenant the same type in all tables.',
    });
  }
  return obstacles;
}
