import { LEDGERS, tableExists } from '@vatevo/connection';
import type { ClientBase } from 'pg';
import { decodePlan, encodePlan } from '../../plan/encode.ts';
import type { Alteration, SourceFingerprint } from '../../plan/rows.ts';
import type { CopiedRange, Run, RunState } from '../target.ts';

/**
 * What the target itself knows of the transfer, in a schema of its own: each range is entered in the very
 * transaction that loads it, so the ledger cannot say more or less than what is there.
 */
export const LEDGER_SCHEMA = LEDGERS.transfer;

const CREATE = `
  CREATE SCHEMA IF NOT EXISTS ${LEDGER_SCHEMA};
  CREATE TABLE IF NOT EXISTS ${LEDGER_SCHEMA}.run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('copying', 'settling', 'verifying', 'complete')),
    source_name text NOT NULL,
    fingerprint jsonb NOT NULL,
    run_start text NOT NULL,
    plan text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz
  );
  CREATE TABLE IF NOT EXISTS ${LEDGER_SCHEMA}.range (
    run_id bigint NOT NULL REFERENCES ${LEDGER_SCHEMA}.run ON DELETE CASCADE,
    table_name text NOT NULL,
    lowest bigint NOT NULL,
    highest bigint NOT NULL,
    rows bigint NOT NULL,
    bytes bigint NOT NULL,
    PRIMARY KEY (run_id, table_name, lowest)
  );
  CREATE TABLE IF NOT EXISTS ${LEDGER_SCHEMA}.put_aside (
    run_id bigint NOT NULL REFERENCES ${LEDGER_SCHEMA}.run ON DELETE CASCADE,
    position int NOT NULL,
    table_name text NOT NULL,
    name text NOT NULL,
    definition text NOT NULL,
    restored boolean NOT NULL DEFAULT false,
    PRIMARY KEY (run_id, position)
  );
  -- Triggers and rules that do nothing while rows are loaded, and how they were enabled.
  CREATE TABLE IF NOT EXISTS ${LEDGER_SCHEMA}.silenced (
    run_id bigint NOT NULL REFERENCES ${LEDGER_SCHEMA}.run ON DELETE CASCADE,
    kind text NOT NULL,
    oid oid NOT NULL,
    enabled text NOT NULL,
    PRIMARY KEY (run_id, kind, oid)
  );
  CREATE TABLE IF NOT EXISTS ${LEDGER_SCHEMA}.alteration (
    run_id bigint NOT NULL REFERENCES ${LEDGER_SCHEMA}.run ON DELETE CASCADE,
    table_name text NOT NULL,
    row_key text NOT NULL,
    column_name text NOT NULL,
    before text NOT NULL,
    after text NOT NULL
  );`;

/** Creates the ledger where it is missing. Needs CREATE on the database. */
export async function createLedger(client: ClientBase): Promise<void> {
  await client.query(CREATE);
}

/** The latest run; there is at most one that is not complete. */
export async function findRun(client: ClientBase): Promise<Run | undefined> {
  if (!(await tableExists(client, `${LEDGER_SCHEMA}.run`))) return undefined;
  const { rows } = await client.query<{
    id: string;
    state: RunState;
    source_name: string;
    fingerprint: SourceFingerprint;
    run_start: string;
    plan: string;
  }>(
    `SELECT id, state, source_name, fingerprint, run_start, plan FROM ${LEDGER_SCHEMA}.run ORDER BY id DESC LIMIT 1`,
  );
  const [row] = rows;
  return (
    row && {
      id: row.id,
      state: row.state,
      sourceName: row.source_name,
      fingerprint: row.fingerprint,
      runStart: row.run_start,
      plan: decodePlan(row.plan),
    }
  );
}

export async function insertRun(client: ClientBase, run: Omit<Run, 'id' | 'state'>): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO ${LEDGER_SCHEMA}.run (state, source_name, fingerprint, run_start, plan)
     VALUES ('copying', $1, $2, $3, $4) RETURNING id`,
    [run.sourceName, JSON.stringify(run.fingerprint), run.runStart, encodePlan(run.plan)],
  );
  return (rows[0] as { id: string }).id;
}

export async function setState(client: ClientBase, runId: string, state: RunState): Promise<void> {
  const completed = state === 'complete' ? ', completed_at = now()' : '';
  await client.query(`UPDATE ${LEDGER_SCHEMA}.run SET state = $2${completed} WHERE id = $1`, [runId, state]);
}

export async function insertRange(client: ClientBase, runId: string, range: CopiedRange): Promise<void> {
  await client.query(
    `INSERT INTO ${LEDGER_SCHEMA}.range (run_id, table_name, lowest, highest, rows, bytes) VALUES ($1, $2, $3, $4, $5, $6)`,
    [runId, range.table, range.lowest, range.highest, range.rows, range.bytes],
  );
}

export async function readRanges(client: ClientBase, runId: string): Promise<CopiedRange[]> {
  const { rows } = await client.query<Record<'table_name' | 'lowest' | 'highest' | 'rows' | 'bytes', string>>(
    `SELECT table_name, lowest, highest, rows, bytes FROM ${LEDGER_SCHEMA}.range WHERE run_id = $1`,
    [runId],
  );
  return rows.map((row) => ({
    table: row.table_name,
    lowest: BigInt(row.lowest),
    highest: BigInt(row.highest),
    rows: Number(row.rows),
    bytes: Number(row.bytes),
  }));
}

export async function insertAlterations(
  client: ClientBase,
  runId: string,
  found: readonly Alteration[],
): Promise<void> {
  if (found.length === 0) return;
  await insertTexts(client, 'alteration', runId, found, {
    table_name: 'table',
    row_key: 'key',
    column_name: 'column',
    before: 'before',
    after: 'after',
  });
}

/** Enters lines of a run, with the columns that these texts of theirs go into. */
export async function insertTexts<Line extends object>(
  client: ClientBase,
  table: 'alteration' | 'structure',
  runId: string,
  lines: readonly Line[],
  columns: Readonly<Record<string, keyof Line>>,
): Promise<void> {
  const names = Object.keys(columns);
  await client.query(
    `INSERT INTO ${LEDGER_SCHEMA}.${table} (run_id, ${names.join(', ')})
     SELECT $1, * FROM unnest(${names.map((_, i) => `$${i + 2}::text[]`).join(', ')})`,
    [runId, ...Object.values(columns).map((name) => lines.map((line) => line[name]))],
  );
}

export async function readAlterations(client: ClientBase, runId: string): Promise<Alteration[]> {
  const { rows } = await client.query<Alteration>(
    `SELECT table_name AS table, row_key AS key, column_name AS column, before, after
     FROM ${LEDGER_SCHEMA}.alteration WHERE run_id = $1 ORDER BY table_name, row_key, column_name`,
    [runId],
  );
  return rows;
}
