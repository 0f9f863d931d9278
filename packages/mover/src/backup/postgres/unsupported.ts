import { notOfExtension, OUR_SCHEMAS } from '@vatevo/connection/catalog';
import type { ClientBase } from 'pg';

const inOurSchema = (catalog: string, schema: string, what: string, name: string, condition = 'true') =>
  `SELECT '${what} ' || ${name} AS what FROM ${catalog} AS o JOIN pg_namespace AS n ON n.oid = o.${schema}
   WHERE ${OUR_SCHEMAS} AND ${notOfExtension(catalog, 'o.oid')} AND ${condition}`;

const QUERIES = [
  `SELECT 'extension with rows of yours ' || extname AS what FROM pg_extension WHERE extconfig IS NOT NULL`,
  inOurSchema('pg_class', 'relnamespace', 'materialized view', 'o.relname', `o.relkind = 'm'`),
  inOurSchema('pg_class', 'relnamespace', 'foreign table', 'o.relname', `o.relkind = 'f'`),
  inOurSchema('pg_class', 'relnamespace', 'composite type', 'o.relname', `o.relkind = 'c'`),
  inOurSchema(
    'pg_class',
    'relnamespace',
    'inheriting table',
    'o.relname',
    `o.relkind = 'r' AND NOT o.relispartition AND EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = o.oid)`,
  ),
  inOurSchema('pg_class', 'relnamespace', 'typed table', 'o.relname', 'o.reloftype <> 0'),
  inOurSchema('pg_type', 'typnamespace', 'domain', 'o.typname', `o.typtype = 'd'`),
  inOurSchema('pg_type', 'typnamespace', 'range type', 'o.typname', `o.typtype = 'r'`),
  inOurSchema('pg_proc', 'pronamespace', 'aggregate', 'o.proname', `o.prokind IN ('a', 'w')`),
  inOurSchema('pg_operator', 'oprnamespace', 'operator', 'o.oprname'),
  inOurSchema('pg_opclass', 'opcnamespace', 'operator class', 'o.opcname'),
  inOurSchema('pg_collation', 'collnamespace', 'collation', 'o.collname'),
  inOurSchema('pg_conversion', 'connamespace', 'conversion', 'o.conname'),
  inOurSchema('pg_ts_config', 'cfgnamespace', 'text search configuration', 'o.cfgname'),
  inOurSchema('pg_ts_dict', 'dictnamespace', 'text search dictionary', 'o.dictname'),
  `SELECT 'rule ' || r.rulename FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class
   JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${OUR_SCHEMAS}`,
  `SELECT 'event trigger ' || evtname FROM pg_event_trigger AS o WHERE ${notOfExtension('pg_event_trigger', 'o.oid')}`,
  `SELECT 'publication ' || pubname FROM pg_publication`,
  `SELECT 'foreign server ' || srvname FROM pg_foreign_server`,
  `SELECT 'default privilege of ' || defaclrole::regrole FROM pg_default_acl`,
  `SELECT 'large object ' || oid FROM pg_largeobject_metadata`,
];

/** What is in a database that our own export cannot write; pg_dump can. */
export async function findUnsupported(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ what: string }>(`${QUERIES.join(' UNION ALL ')} LIMIT 10`);
  return rows.map(({ what }) => what);
}
