import type { ClientBase } from 'pg';
import type { CheckConstraint } from '../../plan/catalog.ts';

const CHECKS = `
  SELECT c.relname AS table, k.conname AS name, pg_get_expr(k.conbin, k.conrelid) AS expression,
         (SELECT array_agg(a.attname::text ORDER BY p.position)
          FROM unnest(k.conkey) WITH ORDINALITY AS p(attnum, position)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum) AS columns
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND k.contype = 'c' AND k.conkey IS NOT NULL
  ORDER BY c.relname, k.conname`;

export async function readChecks(client: ClientBase, schema: string): Promise<CheckConstraint[]> {
  return (await client.query<CheckConstraint>(CHECKS, [schema])).rows;
}
