import { readFile } from 'node:fs/promises';
import type { PostgresTarget } from '@vatevo/connection';
import type { PrismaFiles } from '../migrations/folder.ts';
import { describeQueries, NO_QUERIES } from '../typed-sql/describe-queries.ts';
import { differingLines } from './check-derived-schema.ts';
import type { Fault } from './fault.ts';

/** The queries run on what the migrations make, and what is recorded of them is what the server says. */
export async function checkQueries(
  { queries, queryTypes }: PrismaFiles,
  target: PostgresTarget,
): Promise<Fault[]> {
  const { text, refused } = await describeQueries(queries, target);
  const faults: Fault[] = refused.map(({ file, problem }) => ({
    file: `prisma/postgres/sql/${file}`,
    problem: `cannot be used: ${problem}`,
    fix: 'Fix it, then run pnpm db:migrate --record.',
  }));
  const recorded = await readFile(queryTypes, 'utf8').catch(() => NO_QUERIES);
  if (faults.length > 0 || recorded === text) return faults;
  return [
    {
      file: 'prisma/postgres/sql/types.json',
      problem: 'is not what PostgreSQL says that the queries take and give:',
      details: differingLines(recorded, text),
      fix: 'Run pnpm db:migrate --record.',
    },
  ];
}
