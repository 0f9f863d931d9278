import type { ClientBase } from 'pg';
import type { ServerKey } from '../../plan/catalog.ts';

/** Whether a collation of the index may take two texts for one. */
const FOLDS = `EXISTS (SELECT FROM unnest(x.indcollation::oid[]) AS used (oid) JOIN pg_collation l ON l.oid = used.oid WHERE NOT l.collisdeterministic)`;

// `to_jsonb` reads a column that servers before 15 do not have.
const KEYS = `
  SELECT c.relname AS table, i.relname AS name, pg_get_expr(x.indpred, x.indrelid) AS predicate,
         (SELECT array_agg('(' || pg_get_indexdef(x.indexrelid, k, true) || ')'
                           || CASE WHEN l.oid IS NULL THEN '' ELSE format(' COLLATE %I.%I', cn.nspname, l.collname) END ORDER BY k)
          FROM generate_series(1, x.indnkeyatts) AS k
          LEFT JOIN pg_collation l ON l.oid = (x.indcollation::oid[])[k - 1]
          LEFT JOIN pg_namespace cn ON cn.oid = l.collnamespace) AS values,
         x.indpred IS NULL AND x.indexprs IS NULL AND NOT ${FOLDS} AS "isPlain",
         coalesce((to_jsonb(x)->>'indnullsnotdistinct')::boolean, false) AS "nullsEqual",
         (SELECT jsonb_build_object(
            'method', m.amname,
            'operators', (SELECT jsonb_agg(format('OPERATOR(%I.%s)', n.nspname, o.oprname) ORDER BY p.position)
                          FROM unnest(k.conexclop) WITH ORDINALITY AS p(oid, position)
                          JOIN pg_operator o ON o.oid = p.oid JOIN pg_namespace n ON n.oid = o.oprnamespace),
            'operatorClasses', (SELECT jsonb_agg(format('%I.%I', n.nspname, o.opcname) ORDER BY p.position)
                                FROM unnest(x.indclass::oid[]) WITH ORDINALITY AS p(oid, position)
                                JOIN pg_opclass o ON o.oid = p.oid JOIN pg_namespace n ON n.oid = o.opcnamespace
                                WHERE p.position <= x.indnkeyatts))
          FROM pg_constraint k WHERE k.conindid = i.oid AND k.conexclop IS NOT NULL) AS exclusion,
         (SELECT coalesce(array_agg(a.attname::text ORDER BY a.attname), '{}')
          FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0
            AND (a.attnum = ANY ((x.indkey::int2[])[0:x.indnkeyatts - 1])
                 OR a.attnum <> ALL (x.indkey::int2[])
                    AND EXISTS (SELECT 1 FROM pg_depend d
                                WHERE d.classid = 'pg_class'::regclass AND d.objid = i.oid
                                  AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
                                  AND d.refobjsubid = a.attnum))) AS columns
  FROM pg_index x
  JOIN pg_class c ON c.oid = x.indrelid
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_am m ON m.oid = i.relam
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND (x.indisexclusion OR x.indisunique AND (x.indpred IS NOT NULL OR x.indexprs IS NOT NULL
         OR coalesce((to_jsonb(x)->>'indnullsnotdistinct')::boolean, false) OR ${FOLDS}))
  ORDER BY c.relname, i.relname`;

/** The keys that {@link TargetTable.uniqueKeys} does not tell, or not all of. */
export async function readServerKeys(client: ClientBase, schema: string): Promise<ServerKey[]> {
  return (await client.query<ServerKey>(KEYS, [schema])).rows;
}
