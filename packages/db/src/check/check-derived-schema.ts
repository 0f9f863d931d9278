import { readFile } from 'node:fs/promises';
import { SchemaTextError } from '@vatevo/schema-engine/schema-text';
import { prismaFiles } from '../migrations/folder.ts';
import { deriveSqliteSchema } from '../schema/derive-sqlite.ts';
import { diagramFile, drawModels } from '../schema/diagram.ts';
import { readModels } from '../tenancy/models.ts';
import type { Fault } from './fault.ts';

/** The SQLite schema and the diagram are what is made of the PostgreSQL schema. */
export async function checkDerivedSchema(root: string): Promise<Fault[]> {
  const source = await readFile(prismaFiles('postgres', root).schema, 'utf8');
  return [
    ...compare(
      await readFile(prismaFiles('sqlite', root).schema, 'utf8'),
      deriveSqliteSchema(source),
      'prisma/sqlite/schema.prisma',
      'Run pnpm db:migrate --name WHAT_CHANGED, which derives it again.',
    ),
    ...compare(
      await readFile(diagramFile(root), 'utf8').catch(() => ''),
      diagramOf(source),
      'prisma/models.md',
      'Run pnpm db:erd, which draws it again.',
    ),
  ];
}

/** A schema that cannot be read is told by those who need it. */
function diagramOf(source: string): string | undefined {
  try {
    return drawModels(readModels(source));
  } catch (error) {
    if (error instanceof SchemaTextError) return undefined;
    throw error;
  }
}

function compare(committed: string, derived: string | undefined, file: string, fix: string): Fault[] {
  if (derived === undefined || derived === committed) return [];
  const problem = 'is not what prisma/postgres/schema.prisma gives';
  return [{ file, problem, details: differingLines(committed, derived), fix }];
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
