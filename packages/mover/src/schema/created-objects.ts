import { type PgClient, TRANSFER_RUNS, tableExists } from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';
import { type Endpoints, quoteName, TransferError } from '@vatevo/transfer';
import { unfit } from '@vatevo/transfer/pipeline';
import { quoteQualified } from '@vatevo/transfer/plan';
import { inTransaction, LEDGER_SCHEMA, tooFewLocks } from '@vatevo/transfer/postgres';

/** Tables that are there for a transfer, and what to do when it fails before it has begun. */
export interface CreatedTables {
  /** Their mapping knows what has another name there. */
  readonly endpoints: Endpoints;
  /** Drops them again, where no transfer has begun to fill them. */
  undo(error: unknown): Promise<void>;
  /** They belong to whoever uses the database. */
  keep(): Promise<void>;
}

/** What is to be created in one transaction. */
export interface Creation {
  readonly schema: string;
  /** Statements, or whole scripts of them. */
  readonly sql: readonly string[];
  /**
   * Refuses what is in the way.
   *
   * @param created what an earlier call created and is still there
   */
  check(client: PgClient, created: readonly Created[]): Promise<void>;
}

/** What was created and not filled yet: what another call may take for its own, or drop. */
const RECORD = `${LEDGER_SCHEMA}.created`;
const CREATE_RECORD = `
  CREATE SCHEMA IF NOT EXISTS ${LEDGER_SCHEMA};
  CREATE TABLE IF NOT EXISTS ${RECORD} (kind text NOT NULL, oid oid NOT NULL, definition text NOT NULL)`;

export interface Created {
  readonly kind: 'table' | 'view' | 'type' | 'schema';
  readonly oid: string;
  readonly definition: string;
}

/** Creates what a transfer fills, or finds that an earlier call did, and gives it into the hands of the caller. */
export async function createObjects(
  endpoints: Endpoints,
  creation: Creation,
): Promise<'created' | 'found as they were created'> {
  return withClient(endpoints, async (client) => {
    await client.query(`SELECT pg_advisory_lock(hashtext('${RECORD}'))`);
    const isFound = await inTransaction(client, 'BEGIN', () => findOrDrop(client, creation));
    if (isFound) return 'found as they were created';
    await inTransaction(client, 'BEGIN', () => create(client, creation));
    return 'created';
  });
}

/** What becomes of the objects when a transfer has ended, or failed. */
export function ownership(endpoints: Endpoints): Pick<CreatedTables, 'undo' | 'keep'> {
  return {
    undo: (error) => undo(endpoints, error),
    keep: () => withClient(endpoints, (client) => inTransaction(client, 'BEGIN', () => forget(client))),
  };
}

/** Tables that a transfer has begun to fill: they stay, whatever becomes of it. */
export function filled(endpoints: Endpoints): CreatedTables {
  return { endpoints, undo: async () => {}, keep: ownership(endpoints).keep };
}

/** Whether all of it is there; what an earlier call created otherwise is dropped: both at once are twice as many locks. */
async function findOrDrop(client: PgClient, { sql, check }: Creation): Promise<boolean> {
  const created = await readCreated(client);
  await check(client, created);
  if (created.length > 0 && created.every(({ definition }) => definition === definitionOf(sql))) return true;
  await drop(client, created);
  return false;
}

/** @throws TransferError where the server has no room for the locks of a move into them, or of dropping them again */
async function create(client: PgClient, { schema, sql }: Creation): Promise<void> {
  const before = await findObjects(client, schema);
  for (const statement of sql) await client.query(statement);
  await client.query(CREATE_RECORD);
  const created = (await findObjects(client, schema)).filter(
    ({ oid }) => !before.some((one) => one.oid === oid),
  );
  for (const { kind, oid } of created) {
    await client.query(`INSERT INTO ${RECORD} VALUES ($1, $2, $3)`, [kind, oid, definitionOf(sql)]);
  }
  const tables = created.filter(({ kind }) => kind === 'table').map(({ oid }) => oid);
  const noRoom = await tooFewLocks(client, await named(client, 'pg_class', tables), true);
  if (noRoom !== undefined) throw unfit([noRoom]);
}

const definitionOf = (sql: Creation['sql']) => sql.join(';\n');

/** A schema, and the relations and types in it. */
async function findObjects(client: PgClient, schema: string): Promise<Omit<Created, 'definition'>[]> {
  const { rows } = await client.query<Omit<Created, 'definition'>>(
    `WITH n AS (SELECT oid FROM pg_namespace WHERE nspname = $1)
     SELECT 'schema' AS kind, oid::text AS oid FROM n
     UNION ALL SELECT CASE WHEN relkind IN ('v', 'm') THEN 'view' ELSE 'table' END, c.oid::text
       FROM pg_class c JOIN n ON n.oid = c.relnamespace WHERE relkind IN ('r', 'p', 'v', 'm')
     UNION ALL SELECT 'type', t.oid::text
       FROM pg_type t JOIN n ON n.oid = t.typnamespace WHERE typtype IN ('e', 'd')`,
    [schema],
  );
  return rows;
}

/** What an earlier call created and is still there. */
export async function readCreated(client: PgClient): Promise<Created[]> {
  if (!(await tableExists(client, RECORD))) return [];
  const { rows } = await client.query<Created>(
    `SELECT kind, r.oid::text AS oid, definition FROM ${RECORD} r
     WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = r.oid) OR EXISTS (SELECT FROM pg_namespace n WHERE n.oid = r.oid)
       OR EXISTS (SELECT FROM pg_type t WHERE t.oid = r.oid)`,
  );
  return rows;
}

/** @throws CommandError when one of them holds rows, which are somebody's */
async function drop(client: PgClient, created: readonly Created[]): Promise<void> {
  if (created.length === 0) return;
  const oidsOf = (wanted: Created['kind']) =>
    created.filter(({ kind }) => kind === wanted).map(({ oid }) => oid);
  const tables = await named(client, 'pg_class', oidsOf('table'));
  for (const table of tables) {
    await client.query(`LOCK TABLE ${quoteQualified(table)} IN ACCESS EXCLUSIVE MODE`);
    const { rowCount } = await client.query(`SELECT FROM ${quoteQualified(table)} LIMIT 1`);
    if (rowCount !== 0) {
      throw new CommandError(
        ExitCode.notReady,
        `${table.name} was created for a transfer and holds rows that none has loaded: they are left alone.`,
      );
    }
  }
  for (const view of await named(client, 'pg_class', oidsOf('view'))) {
    await client.query(`DROP VIEW IF EXISTS ${quoteQualified(view)} CASCADE`);
  }
  if (tables.length > 0) await client.query(`DROP TABLE ${tables.map(quoteQualified).join(', ')}`);
  const types = await named(client, 'pg_type', oidsOf('type'));
  if (types.length > 0) await client.query(`DROP TYPE ${types.map(quoteQualified).join(', ')}`);
  const { rows: schemas } = await client.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace n WHERE n.oid = ANY ($1::oid[])
       AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid)`,
    [oidsOf('schema')],
  );
  for (const { name } of schemas) await client.query(`DROP SCHEMA ${quoteName(name)}`);
  await forget(client);
}

async function named(
  client: PgClient,
  catalog: 'pg_class' | 'pg_type',
  oids: readonly string[],
): Promise<{ schema: string; name: string }[]> {
  const prefix = catalog === 'pg_class' ? 'rel' : 'typ';
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.${prefix}name AS name FROM ${catalog} c JOIN pg_namespace n ON n.oid = c.${prefix}namespace
     WHERE c.oid = ANY ($1::oid[]) ORDER BY 1, 2`,
    [oids],
  );
  return rows;
}

/** Takes the record away, and the ledger's schema where there is nothing else in it. */
async function forget(client: PgClient): Promise<void> {
  await client.query(`DROP TABLE IF EXISTS ${RECORD}`);
  const { rowCount } = await client.query(
    `SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '${LEDGER_SCHEMA}' LIMIT 1`,
  );
  if (rowCount === 0) await client.query(`DROP SCHEMA IF EXISTS ${LEDGER_SCHEMA}`);
}

async function undo(endpoints: Endpoints, error: unknown): Promise<void> {
  // Whoever holds the lock works on these very tables.
  if (error instanceof TransferError && error.kind === 'locked') return;
  await withClient(endpoints, async (client) => {
    if (await hasRun(client)) return;
    await inTransaction(client, 'BEGIN', async () => drop(client, await readCreated(client)));
  });
}

/** Whether a transfer has begun in the target. */
export async function hasRun(client: PgClient): Promise<boolean> {
  if (!(await tableExists(client, TRANSFER_RUNS))) return false;
  const { rowCount } = await client.query(`SELECT FROM ${TRANSFER_RUNS} LIMIT 1`);
  return rowCount !== 0;
}

/** Works with a connection of its own to the target. */
export async function withClient<Result>(
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
