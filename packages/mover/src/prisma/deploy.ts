import type { PgClient, PostgresTarget } from '@vatevo/connection';
import { openSchemaEngine, type SchemaEngine } from '@vatevo/schema-engine';
import type { SchemaFile } from '@vatevo/schema-engine/schema-text';
import { CommandError, ExitCode } from '@vatevo/shell';
import { type Endpoints, quoteName } from '@vatevo/transfer';
import pg from 'pg';
import type { Run } from '../preset.ts';
import {
  type CreatedTables,
  createObjects,
  filled,
  hasRun,
  ownership,
  readCreated,
  withClient,
} from '../schema/created-objects.ts';
import { databaseFailure } from '../target/database-failure.ts';
import { withoutUrls } from './parser.ts';
import { BASELINE } from './project.ts';

/** What is deployed, and where. */
export interface Deployment {
  readonly target: PostgresTarget;
  readonly schema: string;
  readonly postgres: { readonly files: readonly SchemaFile[]; readonly script: string };
  /** The folder of the baseline. */
  readonly migrations: string;
}

/**
 * Creates the tables of a baseline in one transaction; or finds them, as an earlier call or the application's own `migrate
 * deploy` made them.
 */
export async function deployTables(
  endpoints: Endpoints,
  deployment: Deployment,
  run: Run,
): Promise<CreatedTables> {
  await withEngine(deployment, (engine) => refuseOtherHistory(engine, deployment));
  if (await withClient(endpoints, hasRun)) return filled(endpoints);
  return run.report.step('Create the tables', async (step) => {
    if ((await withClient(endpoints, (client) => othersIn(client, deployment))).length > 0) {
      await withEngine(deployment, (engine) => refuseOtherTables(engine, deployment));
      step.detail('found as migrations made them');
      return filled(endpoints);
    }
    const name = quoteName(deployment.schema);
    const place = [
      // Who may create no schema may well create tables in the one that is there.
      ...(deployment.schema === 'public' ? [] : [`CREATE SCHEMA IF NOT EXISTS ${name}`]),
      `SET LOCAL search_path = ${name}`,
    ];
    const how = await createObjects(endpoints, {
      schema: deployment.schema,
      sql: [...place, deployment.postgres.script],
      check: (client) => refuseNewcomers(client, deployment),
    }).catch((error: unknown) => {
      // What the server or the role is not able to do is no fault of the script.
      const isOfScript =
        error instanceof pg.DatabaseError && databaseFailure(error, deployment.target) === error;
      throw isOfScript ? refusedScript(error, deployment) : error;
    });
    step.detail(how);
    const created = { endpoints, ...ownership(endpoints) };
    try {
      await withEngine(deployment, (engine) => refuseOtherTables(engine, deployment));
    } catch (error) {
      await created.undo(error);
      throw error;
    }
    return created;
  });
}

/** Has Prisma's history say that the baseline is applied, and proves that the database is as the schema says. */
export async function recordBaseline(deployment: Deployment): Promise<'recorded' | 'found'> {
  return withEngine(deployment, async (engine) => {
    await refuseOtherTables(engine, deployment);
    const { pending } = await engine.diagnoseMigrationHistory(deployment.migrations);
    if (!pending.includes(BASELINE)) return 'found';
    await engine.markMigrationApplied(deployment.migrations, BASELINE);
    return 'recorded';
  });
}

async function withEngine<Result>(
  { target, schema }: Deployment,
  work: (engine: SchemaEngine) => Promise<Result>,
): Promise<Result> {
  const engine = openSchemaEngine({ target, ...(schema !== 'public' && { schema }) });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

async function refuseOtherHistory(engine: SchemaEngine, { migrations, schema }: Deployment): Promise<void> {
  const { failed, edited, unknown } = await engine.diagnoseMigrationHistory(migrations);
  const wrong = [
    ...failed.map((name) => `${name} failed there`),
    ...edited.map((name) => `${name} was another script when it was applied`),
    ...unknown.map((name) => `${name} was applied there, and is not in ${migrations}`),
  ];
  if (wrong.length === 0) return;
  throw new CommandError(
    ExitCode.notReady,
    `The schema ${schema} of PostgreSQL has another history of migrations: ${wrong.join('; ')}.`,
    { remedy: ['Give an empty database, or another --schema-name.'] },
  );
}

async function refuseOtherTables(
  engine: SchemaEngine,
  { postgres, schema, migrations }: Deployment,
): Promise<void> {
  const files = withoutUrls(postgres.files);
  const { isEmpty, text } = await engine.diff({ kind: 'database' }, { kind: 'schema-files', files });
  if (isEmpty) return;
  throw new CommandError(
    ExitCode.notReady,
    `The tables in the schema ${schema} of PostgreSQL are not those of the Prisma schema, and nothing is ever overwritten.`,
    {
      remedy: [
        'Give an empty database, or another --schema-name.',
        `If the script was edited by hand (${migrations}), it must make what the schema says. What would have to change:`,
        ...text.split('\n').filter((line) => line.trim() !== ''),
      ],
    },
  );
}

/** What is in the schema and was not created by an earlier call, but for Prisma's own table. */
async function othersIn(client: PgClient, { schema }: Deployment): Promise<string[]> {
  const created = await readCreated(client);
  const { rows } = await client.query<{ oid: string; name: string }>(
    `SELECT c.oid::text AS oid, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> '_prisma_migrations' ORDER BY 2`,
    [schema],
  );
  return rows.filter(({ oid }) => !created.some((one) => one.oid === oid)).map(({ name }) => name);
}

async function refuseNewcomers(client: PgClient, deployment: Deployment): Promise<void> {
  const others = await othersIn(client, deployment);
  if (others.length === 0) return;
  throw new CommandError(
    ExitCode.locked,
    `Somebody else has just created ${others.join(', ')} in the schema ${deployment.schema} of PostgreSQL.`,
    { remedy: ['Run the same command again when nobody else deploys there.'] },
  );
}

function refusedScript(error: pg.DatabaseError, { migrations, postgres }: Deployment): CommandError {
  const position = Number(error.position);
  const before = postgres.script.slice(0, Math.max(0, position - 1));
  const line = Number.isNaN(position) ? undefined : before.split('\n').length;
  return new CommandError(
    ExitCode.notReady,
    `PostgreSQL refuses the baseline${line === undefined ? '' : ` in line ${line}`}: ${error.message}. Nothing was created.`,
    {
      remedy: [
        `Change the schema beside ${migrations} to what PostgreSQL knows, remove ${BASELINE} there, and run the same command again.`,
      ],
      cause: error,
    },
  );
}
