import { readFile } from 'node:fs/promises';
import { prismaFiles } from '../migrations/folder.ts';
import { deriveSqliteSchema } from '../schema/derive-sqlite.ts';
import type { Fault } from './fault.ts';

/** The SQLite schema is what its generator makes of the PostgreSQL schema. */
export async function checkDerivedSchema(root: string): Promise<Fault[]> {
  const source = await readFile(prismaFiles('postgres', root).schema, 'utf8');
  const committed = await readFile(prismaFiles('sqlite', root).schema, 'utf8');
  const derived = deriveSqliteSchema(source);
  if (derived === committed) return [];
  return [
    {
      file: 'prisma/sqlite/schema.prisma',
      problem: 'is not what prisma/postgres/schema.prisma gives',
      details: differingLines(committed, derived),
      mend: 'Run pnpm db:migrate --name WHAT_CHANGED, which derives it anew.',
    },
  ];
}

const MAX_LINES = 10;

/** Lines of the one text that the other has not, in the manner of a diff. */
export function differingLines(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const lines = [
    ...old.filter((line) => !now.includes(line)).map((line) => `- ${line.trim()}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+ ${line.trim()}`),
  ];
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more lines`];
}
