import { tableExists } from '@vatevo/connection';
import { CUTOVER } from '@vatevo/cutover-state';
import { createLedger, inTransaction, LEDGER_SCHEMA } from '@vatevo/transfer/postgres';
import type { Client, ClientBase } from 'pg';

/** Everything that a move keeps in PostgreSQL, apart from the transfer's own ledger. */
export const SCHEMA = CUTOVER;

/**
 * What is in the schema, by name, in the order in which it is made; what is there already is not touched, and nobody
 * who reads it has to be waited for.
 *
 * `move`: a line for each move, the last one being the one that counts.
 *   `source_path`: where the file was, on the machine that the commands run on.
 *   `source_schema`: what the move depends on of the file's schema, as JSON.
 *   `seen`, `seen_mark`: the last place in the file's log that rows or proofs of the move rest on.
 * `change`: a line for each key that was written since PostgreSQL took over, with the transaction that wrote
 * it. Numbers from a sequence are not in the order of commits, so a place in this log is a snapshot.
 * `key_change`: a line for each row that an UPDATE gave another key, in the order in which one row had its keys.
 * `foreign_key`: those that stand in another form while a move lasts, with the statements that bring their own back.
 * `row_checksum`: of every row of the file, as it was when all of them were compared; `large` where the rowids are integers of 64 bits.
 * `tracked_table`: the tables whose changes are logged. `shape` is what each was made of when its triggers were
 * made, `file_shape` what the file knows of it: it had that shape when its rows were last the same there.
 * `decision`: what the operator said of names in PostgreSQL.
 */
const OBJECTS = {
  // Whether this database may be written to is for everybody to know who uses it.
  move: `
    CREATE TABLE IF NOT EXISTS ${SCHEMA}.move (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id text NOT NULL UNIQUE,
      state text NOT NULL,
      source_name text NOT NULL,
      format text NOT NULL,
      run_id bigint,
      inode text,
      schema_version bigint,
      applied bigint NOT NULL DEFAULT 0,
      verified bigint,
      checksums_at bigint,
      downtime_ms double precision,
      return_inode text,
      sequences jsonb NOT NULL DEFAULT '[]',
      changed_at timestamptz NOT NULL DEFAULT now(),
      started_at timestamptz NOT NULL DEFAULT now()
    );
    GRANT USAGE ON SCHEMA ${SCHEMA} TO PUBLIC;
    GRANT SELECT ON ${SCHEMA}.move TO PUBLIC;`,
  change: `
    CREATE TABLE IF NOT EXISTS ${SCHEMA}.change (
      seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tbl text NOT NULL,
      key text[] NOT NULL,
      transaction xid8 NOT NULL DEFAULT pg_current_xact_id()
    );`,
  change_transaction: `CREATE INDEX IF NOT EXISTS change_transaction ON ${SCHEMA}.change (transaction);`,
  key_change: `
    CREATE TABLE IF NOT EXISTS ${SCHEMA}.key_change (
      seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tbl text NOT NULL,
      was text[] NOT NULL,
      key text[] NOT NULL,
      transaction xid8 NOT NULL DEFAULT pg_current_xact_id()
    );`,
  foreign_key: `
    CREATE TABLE IF NOT EXISTS ${SCHEMA}.foreign_key (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      move_id text NOT NULL REFERENCES ${SCHEMA}.move (id) ON DELETE CASCADE,
      schema_name text NOT NULL,
      table_name text NOT NULL,
      name text NOT NULL,
      restore text NOT NULL,
      restored boolean NOT NULL DEFAULT false,
      validate text
    );`,
  row_checksum: `
    CREATE TABLE IF NOT EXISTS ${SCHEMA}.row_checksum (
      move_id text NOT NULL REFERENCES ${SCHEMA}.move (id) ON DELETE CASCADE,
      tbl text NOT NULL,
      rowids bytea NOT NULL,
      sums bytea NOT NULL,
      large boolean NOT NULL DEFAULT false
    );`,
  tracked_table: `
    CREATE TABLE IF NOT EXISTS ${SCHEMA}.tracked_table (
      move_id text NOT NULL REFERENCES ${SCHEMA}.move (id) ON DELETE CASCADE,
      oid oid NOT NULL,
      name text NOT NULL,
      shape text NOT NULL,
      file_shape text,
      PRIMARY KEY (move_id, oid)
    );`,
  decision: `
    CREATE TABLE IF NOT EXISTS ${SCHEMA}.decision (
      move_id text NOT NULL REFERENCES ${SCHEMA}.move (id) ON DELETE CASCADE,
      kind text NOT NULL,
      name text NOT NULL,
      PRIMARY KEY (move_id, kind, name)
    );`,
} as const;

/** Columns that came after the first release of their tables. */
const ADDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  move: {
    source_path: 'text',
    source_schema: 'text',
    seen: 'bigint NOT NULL DEFAULT 0',
    seen_mark: 'bigint NOT NULL DEFAULT 0',
  },
  row_checksum: { large: 'boolean NOT NULL DEFAULT false' },
};

/** Creates the schema, or what is missing of it. Needs CREATE on the database. */
export async function createSchema(client: ClientBase): Promise<void> {
  const known = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [SCHEMA]);
  if (known.rowCount === 0) await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
  await createMissing(client);
}

async function createMissing(client: ClientBase): Promise<void> {
  const objects = await client.query<{ name: keyof typeof OBJECTS }>(
    `SELECT name FROM unnest($1::text[]) WITH ORDINALITY t (name, n) WHERE to_regclass('${SCHEMA}.' || name) IS NULL ORDER BY n`,
    [Object.keys(OBJECTS)],
  );
  for (const { name } of objects.rows) await client.query(OBJECTS[name]);
  for (const [table, wanted] of Object.entries(ADDED)) await addColumns(client, `${SCHEMA}.${table}`, wanted);
}

async function addColumns(
  client: ClientBase,
  table: string,
  wanted: Readonly<Record<string, string>>,
): Promise<void> {
  // Asked for first: ALTER TABLE waits for every reader, and lets nobody read meanwhile, before it looks.
  const columns = await client.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS t (name)
     WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = $2::regclass AND a.attname = t.name)`,
    [Object.keys(wanted), table],
  );
  if (columns.rows.length === 0) return;
  const added = columns.rows.map(({ name }) => `ADD COLUMN IF NOT EXISTS ${name} ${wanted[name]}`);
  await client.query(`ALTER TABLE ${table} ${added.join(', ')}`);
}

export function schemaExists(client: ClientBase): Promise<boolean> {
  return tableExists(client, `${SCHEMA}.move`);
}

/** Adds what a move that an earlier release began lacks. */
export async function completeSchema(client: Client): Promise<void> {
  if (!(await schemaExists(client))) return;
  await createMissing(client);
  await takeOverSilenced(client);
}

/** An earlier release kept here which triggers do nothing while a move lasts; the transfer's ledger knows them now. */
async function takeOverSilenced(client: Client): Promise<void> {
  if (!(await tableExists(client, `${SCHEMA}.silenced`))) return;
  await inTransaction(client, 'BEGIN', async () => {
    await createLedger(client);
    await client.query(
      `INSERT INTO ${LEDGER_SCHEMA}.silenced (run_id, kind, oid, enabled)
       SELECT r.id, s.kind, s.oid, s.enabled FROM ${SCHEMA}.silenced s
       JOIN ${SCHEMA}.move m ON m.id = s.move_id JOIN ${LEDGER_SCHEMA}.run r ON r.id = m.run_id
       ON CONFLICT DO NOTHING`,
    );
    await client.query(`DROP TABLE ${SCHEMA}.silenced`);
  });
}
