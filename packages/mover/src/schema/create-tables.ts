import type { PgClient } from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';
import { type Endpoints, quoteName, TransferError } from '@vatevo/transfer';
import { quoteQualified } from '@vatevo/transfer/plan';
import type { Run } from '../preset.ts';
import type { Design } from './design/design.ts';
import { statements } from './design/print.ts';
import { designNames, designSchema, type SchemaInput } from './design-schema.ts';
import { questions } from './questions.ts';

/** Tables that are there for a transfer, and what to do when it fails before it has begun. */
export interface CreatedTables {
  readonly endpoints: Endpoints;
  /** Drops them again, where no transfer has begun to fill them. */
  undo(error: unknown): Promise<void>;
  /** They belong to whoever uses the database. */
  keep(): Promise<void>;
}

/** What was created and not filled yet: what another call may take for its own, or drop. */
const RECORD = 'vatevo_transfer.created';
const CREATE_RECORD = `
  CREATE SCHEMA IF NOT EXISTS vatevo_transfer;
  CREATE TABLE IF NOT EXISTS ${RECORD} (kind text NOT NULL, oid oid NOT NULL, definition text NOT NULL)`;

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
  };
  if (await withClient(endpoints, hasRun)) {
    return {
      endpoints: { ...endpoints, mapping: designNames(input) },
      undo: async () => {},
      keep: async () => {},
    };
  }
  return run.report.step('Create the tables', async (step) => {
    const designed = await designSchema(input);
    const open = designed.virtualTables.length > 0 || (!quarantine && designed.inspection.refusedValues > 0);
    if (open) throw undecided(designed);
    const { design, mapping } = designed;
    const how = await withClient(endpoints, (client) => inTransaction(client, () => create(client, design)));
    step.detail(`${design.tables.length} ${how}`);
    for (const { what, why } of design.notCarried) run.report.note(`Not carried: ${what}: ${why}`);
    return {
      endpoints: { ...endpoints, mapping },
      undo: (error: unknown) => undo(endpoints, error),
      keep: () => withClient(endpoints, (client) => inTransaction(client, () => forget(client))),
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

async function create(client: PgClient, design: Design): Promise<'created' | 'found as they were created'> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtext('${RECORD}'))`);
  const sql = statements(design).map((statement) => statement.sql);
  const definition = sql.join(';\n');
  const created = await readCreated(client);
  const found = await findTables(client, design);
  const others = found.filter(({ oid }) => !created.some((one) => one.oid === oid));
  if (others.length > 0)
    throw inTheWay(
      design,
      others.map(({ name }) => name),
    );
  if (created.length > 0 && created.every((one) => one.definition === definition)) {
    return 'found as they were created';
  }
  await drop(client, created);
  const { rows } = await client.query<{ found: boolean }>(
    'SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS found',
    [design.schema],
  );
  for (const statement of sql) await client.query(statement);
  await client.query(CREATE_RECORD);
  for (const { oid } of await findTables(client, design)) {
    await client.query(`INSERT INTO ${RECORD} VALUES ('table', $1, $2)`, [oid, definition]);
  }
  if (!rows[0]?.found) {
    await client.query(
      `INSERT INTO ${RECORD} SELECT 'schema', oid, $2 FROM pg_namespace WHERE nspname = $1`,
      [design.schema, definition],
    );
  }
  return 'created';
}

function inTheWay({ schema }: Design, names: readonly string[]): CommandError {
  return new CommandError(
    ExitCode.notReady,
    `The schema ${schema} already has ${names.join(', ')}, and nothing is ever overwritten.`,
    {
      remedy: [
        'Give an empty database, or another --schema.',
        'If these are the tables to be filled, leave --create-tables out.',
      ],
    },
  );
}

/** Relations that have the name of a table, or of an index of one. */
async function findTables(client: PgClient, design: Design): Promise<{ oid: string; name: string }[]> {
  const names = [...design.tables, ...design.indexes].map(({ name }) => name);
  const { rows } = await client.query<{ oid: string; name: string }>(
    `SELECT c.oid::text AS oid, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = ANY ($2) ORDER BY 2`,
    [design.schema, names],
  );
  return rows;
}

interface Created {
  readonly kind: 'table' | 'schema';
  readonly oid: string;
  readonly definition: string;
}

/** What an earlier call created and is still there. */
async function readCreated(client: PgClient): Promise<Created[]> {
  const { rows: found } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('${RECORD}') IS NOT NULL AS found`,
  );
  if (!found[0]?.found) return [];
  const { rows } = await client.query<Created>(
    `SELECT kind, r.oid::text AS oid, definition FROM ${RECORD} r
     WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = r.oid) OR EXISTS (SELECT FROM pg_namespace n WHERE n.oid = r.oid)`,
  );
  return rows;
}

/** @throws CommandError when one of them holds rows, which are somebody's */
async function drop(client: PgClient, created: readonly Created[]): Promise<void> {
  if (created.length === 0) return;
  const oids = created.map(({ oid }) => oid);
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = ANY ($1::oid[]) AND c.relkind = 'r' ORDER BY 1, 2`,
    [oids],
  );
  for (const table of rows) {
    await client.query(`LOCK TABLE ${quoteQualified(table)} IN ACCESS EXCLUSIVE MODE`);
    const { rowCount } = await client.query(`SELECT FROM ${quoteQualified(table)} LIMIT 1`);
    if (rowCount !== 0) {
      throw new CommandError(
        ExitCode.notReady,
        `${table.name} was created for a transfer and holds rows that none has loaded: they are left alone.`,
      );
    }
  }
  if (rows.length > 0) await client.query(`DROP TABLE ${rows.map(quoteQualified).join(', ')}`);
  const { rows: schemas } = await client.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace n WHERE n.oid = ANY ($1::oid[])
       AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid)`,
    [created.filter(({ kind }) => kind === 'schema').map(({ oid }) => oid)],
  );
  for (const { name } of schemas) await client.query(`DROP SCHEMA ${quoteName(name)}`);
  await forget(client);
}

/** Takes the record away, and the ledger's schema where there is nothing else in it. */
async function forget(client: PgClient): Promise<void> {
  await client.query(`DROP TABLE IF EXISTS ${RECORD}`);
  const { rowCount } = await client.query(
    `SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'vatevo_transfer' LIMIT 1`,
  );
  if (rowCount === 0) await client.query('DROP SCHEMA IF EXISTS vatevo_transfer');
}

async function undo(endpoints: Endpoints, error: unknown): Promise<void> {
  // Whoever holds the lock works on these very tables.
  if (error instanceof TransferError && error.kind === 'locked') return;
  await withClient(endpoints, async (client) => {
    if (await hasRun(client)) return;
    await inTransaction(client, async () => drop(client, await readCreated(client)));
  });
}

async function hasRun(client: PgClient): Promise<boolean> {
  const { rows: ledger } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('vatevo_transfer.run') IS NOT NULL AS found`,
  );
  if (!ledger[0]?.found) return false;
  const { rowCount } = await client.query('SELECT FROM vatevo_transfer.run LIMIT 1');
  return rowCount !== 0;
}

async function inTransaction<Result>(client: PgClient, work: () => Promise<Result>): Promise<Result> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function withClient<Result>(
  { connect }: Endpoints,
  work: (client: PgClient) => Promise<Result>,
): Promise<Result> {
  const client = await connect();
  try {
    return await work(client as PgClient);
  } finally {
    await client.end();
  }
}
