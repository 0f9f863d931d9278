import type { Fault } from '../../check/fault.ts';

/** Schemas that hold what migrations make; `n` is pg_namespace. */
export const OUR_SCHEMAS = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

/** Not brought by an extension. */
export function notOfExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend AS e
    WHERE e.classid = '${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;
}

/** An exposure, which a further migration fixes. */
export function exposure(problem: string, fix: string, ...statements: readonly string[]): Fault {
  return {
    file: 'prisma/postgres/migrations',
    problem,
    fix: [fix, ...statements.map((statement) => `    ${statement}`)].join('\n'),
  };
}

/** How to write a migration by hand, for what Prisma does not know. */
export const BY_HAND = 'In the migration that makes it, or in a new one (pnpm db:migrate --name X --empty):';
