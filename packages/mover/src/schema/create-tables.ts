import type { PgClient } from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';
import type { Endpoints } from '@vatevo/transfer';
import type { Run } from '../preset.ts';
import {
  type Created,
  type CreatedTables,
  createObjects,
  filled,
  hasRun,
  ownership,
  withClient,
} from './created-objects.ts';
import type { Design } from './design/design.ts';
import { statements } from './design/print.ts';
import { designNames, designSchema, type SchemaInput } from './design-schema.ts';
import { questions } from './questions.ts';

/**
 * Creates PostgreSQL's tables for a source in one transaction, or finds those that an earlier call created. A transfer
 * that has begun finds its tables as they are.
 *
 * @param quarantine whether rows that the tables cannot hold are set aside
 */
export async function createTables(
  endpoints: Endpoints,
  run: Run,
  quarantine: boolean,
): Promise<CreatedTables> {
  const input: SchemaInput = {
    source: endpoints.source,
    readable: endpoints.readable ?? endpoints.source,
    schema: endpoints.schema ?? 'public',
    mapping: endpoints.mapping,
    readers: endpoints.readers,
    threads: endpoints.threads,
  };
  if (await withClient(endpoints, hasRun)) {
    return filled({ ...endpoints, mapping: designNames(input) });
  }
  return run.report.step('Create the tables', async (step) => {
    const designed = await designSchema(input);
    const open = designed.virtualTables.length > 0 || (!quarantine && designed.inspection.refusedValues > 0);
    if (open) throw undecided(designed);
    const { design, mapping } = designed;
    const how = await createObjects(endpoints, {
      schema: design.schema,
      sql: statements(design).map(({ sql }) => sql),
      check: (client, created) => refuseOthers(client, design, created),
    });
    step.detail(`${design.tables.length} ${how}`);
    for (const { what, why } of design.notCarried) run.report.note(`Not carried: ${what}: ${why}`);
    return {
      endpoints: { ...endpoints, mapping },
      ...ownership(endpoints),
    };
  });
}

function undecided(designed: Parameters<typeof questions>[0]): CommandError {
  return new CommandError(
    ExitCode.sourceRefused,
    'The source holds what no table of PostgreSQL takes as it is; nothing was created.',
    { remedy: questions(designed) },
  );
}

/** Relations that have the name of a table, or of an index of one, and were not created for it. */
async function refuseOthers(client: PgClient, design: Design, created: readonly Created[]): Promise<void> {
  const { schema } = design;
  const names = [...design.tables, ...design.indexes].map(({ name }) => name);
  const { rows } = await client.query<{ table: string; name: string }>(
    `SELECT coalesce(i.indrelid, c.oid)::text AS table, c.relname AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
     WHERE n.nspname = $1 AND c.relname = ANY ($2) ORDER BY 2`,
    [schema, names],
  );
  const others = rows.filter(({ table }) => !created.some(({ oid }) => oid === table));
  if (others.length === 0) return;
  throw new CommandError(
    ExitCode.notReady,
    `The schema ${schema} already has ${others.map(({ name }) => name).join(', ')}, and nothing is ever overwritten.`,
    {
      remedy: [
        'Give an empty database, or another --schema.',
        'If these are the tables to be filled, leave --create-tables out.',
      ],
    },
  );
}
