import { notOfExtension, OUR_SCHEMAS } from '@vatevo/connection/catalog';
import type { ClientBase } from 'pg';
import type { Fault } from '../../check/fault.ts';
import type { TenancyRules } from '../rules.ts';
import type { Exemptions } from './exemptions.ts';
import { BY_HAND, exposure } from './fault.ts';

interface Relation {
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
  /** With its schema where that is not public. */
  readonly name: string;
  readonly kind: 'r' | 'p' | 'f' | 'v' | 'm';
  /** A view whose statements run with the rights of who asks. */
  readonly asInvoker: boolean;
  /** The table of which it is a partition, however deep. */
  readonly root: string | null;
  readonly rules: readonly string[];
}

const RELATIONS = `
  SELECT c.oid::text, n.nspname AS schema, c.relname AS table, c.oid::regclass::text AS name, c.relkind AS kind,
    coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(c.reloptions) AS o
      WHERE o.option_name = 'security_invoker'), false) AS "asInvoker",
    CASE WHEN c.relispartition THEN pg_partition_root(c.oid)::oid::text END AS root,
    ARRAY(SELECT r.rulename::text FROM pg_rewrite AS r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN') AS rules
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND ${OUR_SCHEMAS} AND c.relname <> '_prisma_migrations'
    AND ${notOfExtension('pg_class', 'c.oid')}
  ORDER BY c.oid::regclass::text COLLATE "C"`;

/** Tables and views that hold or show rows, and of which the schema does not say to whom they belong. */
export async function exposedByRelations(
  client: ClientBase,
  { tables }: TenancyRules,
  exemptions: Exemptions,
): Promise<Fault[]> {
  const { rows } = await client.query<Relation>(RELATIONS);
  const known = new Set(
    rows
      .filter(({ schema, table }) =>
        tables.some(({ model }) => model.schema === schema && model.table === table),
      )
      .map(({ oid }) => oid),
  );
  return rows.flatMap((relation) => {
    if (exemptions.has(relation.oid)) return [];
    return [...(isKnown(relation, known) ? [] : unknown(relation)), ...relation.rules.map(rule(relation))];
  });
}

/** A partition is reached through its table; rights on itself are looked at elsewhere. Policies are for tables alone. */
function isKnown({ oid, root, kind }: Relation, known: ReadonlySet<string>): boolean {
  return (kind === 'r' || kind === 'p') && (known.has(oid) || (root !== null && known.has(root)));
}

function unknown({ name, kind, asInvoker }: Relation): Fault[] {
  if (kind === 'v') {
    if (asInvoker) return [];
    return [
      exposure(
        `view ${name} reads with its owner's rights, to which no policy applies`,
        BY_HAND,
        `ALTER VIEW ${name} SET (security_invoker = true);`,
        `Where all may see what it shows, say so above a model: /// @exempt ${name} because REASON`,
      ),
    ];
  }
  const what = { r: 'table', p: 'table', f: 'foreign table', m: 'materialized view' }[kind];
  const write =
    kind === 'r' || kind === 'p'
      ? 'Write it as a model with tenantId, and pnpm db:migrate protects it.'
      : 'Policies do not apply to such a thing: make a table or a view of it.';
  return [
    exposure(
      `${what} ${name} is known to no model, so nothing says to whom its rows belong`,
      `${write} Where no tenant's statements reach it, say so above a model: /// @exempt ${name} because REASON`,
    ),
  ];
}

function rule({ name }: Relation): (rule: string) => Fault {
  return (rule) =>
    exposure(
      `rule ${rule} of ${name} does what it does with the owner's rights, to which no policy applies`,
      'Use a trigger, whose function runs with the rights of who writes. In a new migration:',
      `DROP RULE ${rule} ON ${name};`,
    );
}
