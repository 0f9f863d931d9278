import type { Fault } from '../../check/fault.ts';

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
