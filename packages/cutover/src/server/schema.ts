import type { ClientBase } from 'pg';

/** Everything that a move keeps in PostgreSQL, apart from the transfer's own ledger. */
export const SCHEMA = 'vatevo_cutover';

/**
 * `move`: a line for each move, the last one being the one that counts.
 *   `source_schema`: what the move depends on of the file's schema, as JSON.
 *   `seen`, `seen_mark`: the last place in the file's log that rows or proofs of the move rest on.
 * `row_checksum`: of every row of the file, as it was when all of them were compared.
 * `foreign_key`: those that stand in another form while a move lasts, with the statements that bring their own back.
 * `silenced`: triggers and rules of the application that do nothing while a move lasts, and how they were enabled.
 * `change`: a line for each key that was written since PostgreSQL took over, with the transaction that wrote
 * it. Numbers from a sequence are not in the order of commits, so a place in this log is a snapshot.
 */
/**
 * `tracked_table`: the tables whose changes are logged. `shape` is what each was made of when its triggers were
 * made, `file_shape` what the file knows of it: it had that shape when its rows were last the same there.
 * `decision`: what the operator said of names in PostgreSQL.
 */
const CREATE_TRACKED = `
  CREATE TABLE IF NOT EXISTS ${SCHEMA}.tracked_table (
    move_id text NOT NULL REFERENCES ${SCHEMA}.move (id) ON DELETE CASCADE,
    oid oid NOT NULL,
    name text NOT NULL,
    shape text NOT NULL,
    file_shape text,
    PRIMARY KEY (move_id, oid)
  );
  CREATE TABLE IF NOT EXISTS ${SCHEMA}.decision (
    move_id text NOT NULL REFERENCES ${SCHEMA}.move (id) ON DELETE CASCADE,
    kind text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (move_id, kind, name)
  );`;

const CREATE = `
  CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
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
    seen bigint NOT NULL DEFAULT 0,
    seen_mark bigint NOT NULL DEFAULT 0,
    verified bigint,
    checksums_at bigint,
    downtime_ms double precision,
    return_inode text,
    source_schema text,
    sequences jsonb NOT NULL DEFAULT '[]',
    changed_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz NOT NULL DEFAULT now()
  );
  -- What an earlier release did not make.
  ALTER TABLE ${SCHEMA}.move ADD COLUMN IF NOT EXISTS source_schema text,
    ADD COLUMN IF NOT EXISTS seen bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS seen_mark bigint NOT NULL DEFAULT 0;
  CREATE TABLE IF NOT EXISTS ${SCHEMA}.change (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tbl text NOT NULL,
    key text[] NOT NULL,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id()
  );
  CREATE INDEX IF NOT EXISTS change_transaction ON ${SCHEMA}.change (transaction);
  CREATE TABLE IF NOT EXISTS ${SCHEMA}.foreign_key (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    move_id text NOT NULL REFERENCES ${SCHEMA}.move (id) ON DELETE CASCADE,
    schema_name text NOT NULL,
    table_name text NOT NULL,
    name text NOT NULL,
    restore text NOT NULL,
    restored boolean NOT NULL DEFAULT false,
    validate text
  );
  CREATE TABLE IF NOT EXISTS ${SCHEMA}.silenced (
    move_id text NOT NULL REFERENCES ${SCHEMA}.move (id) ON DELETE CASCADE,
    kind text NOT NULL,
    oid oid NOT NULL,
    enabled text NOT NULL,
    PRIMARY KEY (move_id, kind, oid)
  );
  CREATE TABLE IF NOT EXISTS ${SCHEMA}.row_checksum (
    move_id text NOT NULL REFERENCES ${SCHEMA}.move (id) ON DELETE CASCADE,
    tbl text NOT NULL,
    rowids bytea NOT NULL,
    sums bytea NOT NULL
  );
  ${CREATE_TRACKED}
  -- Whether this database may be written to is for everybody to know who uses it.
  GRANT USAGE ON SCHEMA ${SCHEMA} TO PUBLIC;
  GRANT SELECT ON ${SCHEMA}.move TO PUBLIC;`;

/** Creates the schema where it is missing. Needs CREATE on the database. */
export async function createSchema(client: ClientBase): Promise<void> {
  await client.query(CREATE);
}

export async function schemaExists(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = '${SCHEMA}' AND tablename = 'move') AS found`,
  );
  return rows[0]?.found ?? false;
}

/** Adds what a move that an earlier release began lacks. */
export async function completeSchema(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ complete: boolean }>(
    `SELECT to_regclass('${SCHEMA}.decision') IS NOT NULL AS complete`,
  );
  if (!rows[0]?.complete && (await schemaExists(client))) await client.query(CREATE_TRACKED);
}
