import { readFile } from 'node:fs/promises';
import type { PgClient, PostgresTarget } from '@vatevo/connection';
import { COLUMNS } from '../generated/columns.ts';
import {
  type DatabaseKind,
  type PrismaFiles,
  prismaFiles,
  readMigrationFiles,
} from '../migrations/folder.ts';
import { formatGrants } from '../tenancy/grants.ts';
import { type Model, readModels } from '../tenancy/models.ts';
import { readTenancy } from '../tenancy/rules.ts';
import { describeQueries } from '../typed-sql/describe-queries.ts';
import { exerciseClient, type RefusedCall } from './client/exercise.ts';
import { checkFunctions, type LostColumn } from './client/functions.ts';
import { dropFromPostgres, type GivenUp, givenUp, nameOf, renameInSqlite } from './client/given-up.ts';
import type { Fault } from './fault.ts';
import { droppedColumns } from './lint/dropped-columns.ts';
import type { Scratch } from './scratch.ts';

/**
 * The statements that are written by hand, in the client and in functions of the database, fit what the migrations make;
 * and what is left when the next release drops what this one ignores.
 *
 * Each is run, or made anew, on databases of our own, as no parser knows what a statement reads.
 *
 * @param client on a PostgreSQL database that the migrations made, which is `target`; rows are left in it
 */
export async function checkClient(
  { postgres, sqlite }: Readonly<Record<DatabaseKind, PrismaFiles>>,
  scratch: Scratch,
  client: PgClient,
  target: PostgresTarget,
): Promise<Fault[]> {
  const text = await readFile(postgres.schema, 'utf8');
  const models = readModels(text);
  const rules = readTenancy(models, text);
  const gone = givenUp(models);
  const lost: LostColumn[] = [
    ...gone.flatMap(({ model, column }) => (column === undefined ? [] : [{ table: model.table, column }])),
    ...(await droppedColumns(await readMigrationFiles(postgres.migrations))),
  ];
  // The client of another schema says nothing about this one; of one's own, it is a fault.
  const isOwn = postgres.schema === prismaFiles('postgres').schema;
  if (!isOwn && !isMadeOf(models)) {
    return [...(await dropFromPostgres(client, gone)), ...(await checkFunctions(client, lost))];
  }
  await client.query(await formatGrants(client, rules));
  const faults = refusals(await exerciseClient(target), 'PostgreSQL', []);
  faults.push(...refusals(await exerciseClient(await scratch.makeFile(sqlite.migrations)), 'SQLite', []));
  // What fails already is told; without the columns, more of the same would be.
  if (faults.length > 0) return faults;
  const dependants = await dropFromPostgres(client, gone);
  const functions = await checkFunctions(client, lost);
  if (gone.length === 0) return functions;
  return [
    ...dependants,
    ...functions,
    ...refusals(await exerciseClient(target), 'PostgreSQL', gone),
    ...(await queriesWithout(postgres, target, gone)),
    ...(await withoutInSqlite(sqlite, gone, scratch)),
  ];
}

/** The client reads no more than these models have. */
function isMadeOf(models: readonly Model[]): boolean {
  return Object.entries(COLUMNS).every(([name, columns]) => {
    const fields = models.find((model) => model.name === name)?.fields.filter(({ isIgnored }) => !isIgnored);
    return Object.keys(columns).every((column) => fields?.some((field) => field.name === column));
  });
}

async function queriesWithout(
  files: PrismaFiles,
  target: PostgresTarget,
  gone: readonly GivenUp[],
): Promise<Fault[]> {
  const { refused } = await describeQueries(files.queries, target);
  return refused.map(({ file, problem }) => ({
    file: `prisma/postgres/sql/${file}`,
    problem: `will fail when ${gone.map(nameOf).join(', ')} is dropped, which the schema ignores: ${problem}`,
    fix: 'Take it out of the query, then run pnpm db:migrate --record.',
  }));
}

async function withoutInSqlite(
  files: PrismaFiles,
  gone: readonly GivenUp[],
  scratch: Scratch,
): Promise<Fault[]> {
  const target = await scratch.makeFile(files.migrations);
  renameInSqlite(target.file, gone);
  return refusals(await exerciseClient(target), 'SQLite', gone);
}

function refusals(refused: readonly RefusedCall[], database: string, gone: readonly GivenUp[]): Fault[] {
  return refused.map(({ call, message }) => ({
    file: 'src (the client)',
    problem:
      gone.length === 0
        ? `${call} fails on the ${database} that the migrations make: ${message}`
        : `${call} will fail on ${database} when ${gone.map(nameOf).join(', ')} is dropped, which the schema ignores: ${message}`,
    fix: 'If the schema was changed since the last build, run pnpm build and pnpm db:check again. Else take it out of the statement: in src/exact and src/*/jobs.ts, or in the function of the database that it calls.',
  }));
}
