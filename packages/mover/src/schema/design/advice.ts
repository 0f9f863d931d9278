import type { OtherObject } from '../file/read-file.ts';

/** Of what is not translated. */
export const NOT_THE_SAME = 'PostgreSQL is not sure to make the same of it: write it again in its SQL';

/** Modules of virtual tables, by the beginning of their names. */
const MODULES: readonly (readonly [RegExp, string])[] = [
  [
    /^fts\d/i,
    'full text search: a column of type tsvector (GENERATED ALWAYS AS to_tsvector) with a GIN index',
  ],
  [/^(rtree|geopoly)/i, 'an R-tree: PostGIS, or a range or box column with a GiST index'],
  [/^vec/i, 'vectors: the extension pgvector'],
];

/** Why something is not made in PostgreSQL, and what to use instead. */
export function insteadOf({ kind, sql, table }: OtherObject): string {
  if (kind === 'view') return 'write it again in the SQL of PostgreSQL';
  if (kind === 'trigger')
    return `on ${table}; write it again as a function of PostgreSQL and a trigger that calls it`;
  const module = /\bUSING\s+["[`]?(\w+)/i.exec(sql)?.[1] ?? '';
  return (
    MODULES.find(([pattern]) => pattern.test(module))?.[1] ??
    `the module ${module} of SQLite computes it, and PostgreSQL has none of that name`
  );
}
