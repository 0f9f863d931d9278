import type { ClientBase } from 'pg';
import type { Fault } from '../check/fault.ts';
import { exposure } from './exposures/fault.ts';
import { quoteTable } from './quote.ts';
import type { TableRule, TenancyRules } from './rules.ts';

/** What keeps a table from lying on several servers. */
interface Rule {
  /** Of the table `$1`. */
  readonly sql: string;
  readonly problem: (found: Found, rule: TableRule) => string;
  readonly mend: string;
}

interface Found {
  readonly name: string;
  readonly why: string;
}

/** Where the shards of a tenant lie together, a row is found, and its key checked, on one server. */
const SHARDED = 'a table that is distributed by tenant cannot';

const OF_TENANTS: readonly Rule[] = [
  {
    sql: `SELECT quote_ident(k.conname) AS name,
        CASE WHEN k.confupdtype NOT IN ('a', 'r') THEN 'ON UPDATE' ELSE 'ON DELETE SET' END AS why
      FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = $1::regclass AND k.conparentid = 0
        AND (k.confupdtype NOT IN ('a', 'r') OR k.confdeltype IN ('n', 'd'))`,
    problem: ({ name, why }, { model }) =>
      `foreign key ${name} of ${model.table} has ${why}, which would change the tenant of rows, and ${SHARDED} do that`,
    mend: 'Give it onDelete: NoAction, onUpdate: NoAction; keys never change.',
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
    problem: ({ name, why }, { model }) =>
      `column ${name} of ${model.table} ${why}, and ${SHARDED} compute that everywhere alike`,
    mend: 'Use autoincrement() (a sequence of its own), a constant, now() or another function of PostgreSQL, or let the client give the value.',
  },
  {
    sql: `SELECT quote_ident(t.tgname) AS name, '' AS why FROM pg_trigger AS t
      WHERE t.tgrelid = $1::regclass AND NOT t.tgisinternal`,
    problem: ({ name }, { model }) => `${model.table} has the trigger ${name}, and ${SHARDED} have triggers`,
    mend: 'Do in the client, or in a function that it calls, what the trigger does.',
  },
];

/** Tables that are not of one tenant lie whole on every server, so they cannot point to rows that do not. */
const OF_ALL: Rule = {
  sql: `SELECT quote_ident(k.conname) AS name, k.confrelid::regclass::text AS why
    FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = $1::regclass AND k.confrelid = ANY ($2::regclass[])`,
  problem: ({ name, why }, { model }) =>
    `foreign key ${name} of ${model.table}, whose rows are of no one tenant, points to ${why}, whose rows are: the first would lie whole on every server, and the second would not`,
  mend: 'Let the table of the tenant point to the other one, or give both a tenant.',
};

const TENANT_TYPES = `
  SELECT format_type(a.atttypid, a.atttypmod) AS why, string_agg(c.relname, ', ' ORDER BY c.relname) AS name
  FROM unnest($1::text[], $2::text[]) AS t (name, tenant) JOIN pg_class AS c ON c.oid = t.name::regclass
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = t.tenant GROUP BY 1 ORDER BY 2`;

/**
 * What would keep the tables from being distributed by tenant over several servers (a sharded PostgreSQL such as Citus)
 * one day: it costs nothing to leave out now, and a rewrite of the data later. That the tenant leads every unique key and
 * foreign key is asked for by exposures/keys.ts. A constraint that the schema exempts by name is passed over.
 *
 * @param client on a database that the migrations made
 */
export async function findUndistributable(
  client: ClientBase,
  { tables, objects }: TenancyRules,
): Promise<Fault[]> {
  const sharded = tables.filter(({ tenancy }) => tenancy.kind === 'tenant');
  const exempted = new Set(objects.map(({ object }) => object));
  const faults: Fault[] = [];
  const report = (rule: TableRule, { problem, mend }: Rule, found: readonly Found[]) => {
    for (const each of found) {
      if (exempted.has(`${rule.model.table}.${each.name}`)) continue;
      faults.push(exposure(problem(each, rule), mend));
    }
  };
  for (const rule of tables) {
    const table = quoteTable(rule.model);
    if (rule.tenancy.kind === 'tenant') {
      for (const one of OF_TENANTS) {
        report(rule, one, (await client.query<Found>(one.sql, [table])).rows);
      }
    } else {
      const values = [table, sharded.map(({ model }) => quoteTable(model))];
      report(rule, OF_ALL, (await client.query<Found>(OF_ALL.sql, values)).rows);
    }
  }
  const { rows: types } = await client.query<Found>(TENANT_TYPES, [
    sharded.map(({ model }) => quoteTable(model)),
    sharded.map(({ tenancy }) => (tenancy.kind === 'tenant' ? tenancy.column : '')),
  ]);
  if (types.length > 1) {
    const each = types.map(({ name, why }) => `${why} in ${name}`).join('; ');
    faults.push(
      exposure(
        `the tenant has not one type (${each}), and only rows whose tenants have one type lie together`,
        'Give the tenant the same type in all tables.',
      ),
    );
  }
  return faults;
}
