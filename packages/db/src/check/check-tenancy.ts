import { readFile } from 'node:fs/promises';
import type { PgClient } from '@vatevo/connection';
import { findUndistributable } from '../distribution/of-schema.ts';
import { type PrismaFiles, readMigrationFiles } from '../migrations/folder.ts';
import { findExposures } from '../tenancy/exposures.ts';
import { grantedByMigrations } from '../tenancy/granted-by-migrations.ts';
import { formatGrants } from '../tenancy/grants.ts';
import { readModels } from '../tenancy/models.ts';
import { readTenancy } from '../tenancy/rules.ts';
import { differingLines } from './check-derived-schema.ts';
import type { Fault } from './fault.ts';

/**
 * Every table is one tenant's at a time: by the schema, by the catalog that the migrations make, and by its rights. And it
 * could be distributed by tenant.
 *
 * @param client on a database that the migrations made
 */
export async function checkTenancy(files: PrismaFiles, client: PgClient): Promise<Fault[]> {
  const text = await readFile(files.schema, 'utf8');
  const { faults, ...rules } = readTenancy(readModels(text), text);
  return [
    ...faults,
    ...(await grantedByMigrations(await readMigrationFiles(files.migrations))),
    ...(await findExposures(client, rules)),
    ...(await findUndistributable(client, rules)),
    ...(await checkGrants(files, await formatGrants(client, rules))),
  ];
}

async function checkGrants({ grants }: PrismaFiles, wanted: string): Promise<Fault[]> {
  const written = await readFile(grants, 'utf8').catch(() => '');
  if (written === wanted) return [];
  return [
    {
      file: 'prisma/postgres/grants.sql',
      problem: 'gives other rights than prisma/postgres/schema.prisma grants:',
      details: differingLines(written, wanted),
      fix: 'Run pnpm db:migrate --record, which writes it again.',
    },
  ];
}
