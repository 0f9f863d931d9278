import type { ClientBase } from 'pg';
import type { TransferPlan } from '../../plan/types.ts';
import { quoteName, quoteQualified, quoteText } from '../../quote.ts';
import { LEDGER_SCHEMA } from './ledger.ts';
import { WITH_PARTITIONS } from './partitions.ts';

/**
 * Indexes and constraints that are built faster after the load than kept up during it. Their definitions
 * go into the ledger in the transaction that drops them, so they cannot be forgotten.
 */
interface Deferred {
  readonly table: string;
  readonly name: string;
  readonly drop: string;
  readonly definition: string;
}

interface FoundRow {
  schema: string;
  table_name: string;
  name: string;
  definition: string;
}

/** What an index is besides its definition, as statements to be run after it: its table's replica identity, its order. */
const ROLES_OF_INDEX = `
  CASE WHEN x.indisreplident THEN format('; ALTER TABLE %I.%I REPLICA IDENTITY USING INDEX %I', n.nspname, c.relname, i.relname)
       ELSE '' END
  || CASE WHEN x.indisclustered THEN format('; ALTER TABLE %I.%I CLUSTER ON %I', n.nspname, c.relname, i.relname)
          ELSE '' END`;

/** Views and functions of the schema that could not be without an index or a constraint, given as catalog and oid. */
const isNeeded = (catalog: string, oid: string) => `
  EXISTS (SELECT FROM pg_depend needed WHERE needed.refclassid = '${catalog}'::regclass AND needed.refobjid = ${oid}
          AND needed.deptype = 'n' AND needed.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass))`;

/**
 * Of partitioned tables foreign keys alone are deferred, those of the parents, which bring their partitions' with them.
 * Indexes and keys stay: those of each partition have names and settings of their own, that the parent's do not tell.
 *
 * Foreign keys come last in the file's order, so they are restored when both ends have their keys.
 */
const CONSTRAINTS = `
  SELECT n.nspname AS schema, c.relname AS table_name, k.conname AS name,
         format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))
         || coalesce(${ROLES_OF_INDEX}, '')
         || coalesce(format('; COMMENT ON CONSTRAINT %I ON %I.%I IS %L', k.conname, n.nspname, c.relname,
                            obj_description(k.oid, 'pg_constraint')), '') AS definition
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_index x ON x.indexrelid = k.conindid AND k.contype <> 'f'
  LEFT JOIN pg_class i ON i.oid = x.indexrelid
  WHERE CASE WHEN k.contype = 'f' THEN k.conparentid = 0 AND (k.conrelid = ANY ($1::regclass[]) OR k.confrelid IN (${WITH_PARTITIONS}))
             ELSE k.conrelid = ANY ($1::regclass[]) AND k.contype IN ('p', 'u', 'x') AND c.relkind = 'r'
                  AND NOT ${isNeeded('pg_constraint', 'k.oid')} END
  ORDER BY k.contype = 'f', c.relname, k.conname`;

const INDEXES = `
  SELECT n.nspname AS schema, c.relname AS table_name, i.relname AS name,
         pg_get_indexdef(x.indexrelid)
         || ${ROLES_OF_INDEX}
         || coalesce(format('; COMMENT ON INDEX %I.%I IS %L', n.nspname, i.relname, obj_description(i.oid, 'pg_class')), '')
         AS definition
  FROM pg_index x
  JOIN pg_class c ON c.oid = x.indrelid
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_namespace n ON n.oid = i.relnamespace
  WHERE x.indrelid = ANY ($1::regclass[]) AND c.relkind = 'r' AND NOT ${isNeeded('pg_class', 'i.oid')}
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
  ORDER BY c.relname, i.relname`;

/** Constraints that hold for new rows only. */
const NOT_VALID = `
  SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', k.conrelid::regclass, k.conname) AS statement
  FROM pg_constraint k WHERE k.conrelid = ANY ($1::regclass[]) AND NOT k.convalidated`;

/** Makes every constraint of the (empty) tables hold for all rows, so that it does when they are loaded. */
export async function validateConstraints(client: ClientBase, plan: TransferPlan): Promise<void> {
  const tables = [plan.tables.map((table) => quoteQualified(table.target))];
  const { rows } = await client.query<{ statement: string }>(NOT_VALID, tables);
  for (const { statement } of rows) await client.query(statement);
}

/** Drops them and enters them in the ledger. Call it inside the transaction that begins the run. */
export async function defer(client: ClientBase, runId: string, plan: TransferPlan): Promise<void> {
  const found = await find(client, plan);
  // Foreign keys are the last to be restored, so they must be the first to go.
  for (const { drop } of found.toReversed()) await client.query(drop);
  for (const [position, item] of found.entries()) {
    await client.query(
      `INSERT INTO ${LEDGER_SCHEMA}.put_aside (run_id, position, table_name, name, definition) VALUES ($1, $2, $3, $4, $5)`,
      [runId, position, item.table, item.name, item.definition],
    );
  }
}

async function find(client: ClientBase, plan: TransferPlan): Promise<Deferred[]> {
  const tables = [plan.tables.map((table) => quoteQualified(table.target))];
  const indexes = await client.query<FoundRow>(INDEXES, tables);
  const constraints = await client.query<FoundRow>(CONSTRAINTS, tables);
  return [
    ...indexes.rows.map((row) => ({
      table: row.table_name,
      name: row.name,
      drop: `DROP INDEX ${quoteQualified(row)}`,
      definition: row.definition,
    })),
    ...constraints.rows.map((row) => {
      const table = quoteQualified({ schema: row.schema, name: row.table_name });
      return {
        table: row.table_name,
        name: row.name,
        drop: `ALTER TABLE ${table} DROP CONSTRAINT ${quoteName(row.name)}`,
        definition: row.definition,
      };
    }),
  ];
}

export interface DeferredEntry {
  readonly position: number;
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/** What still has to be restored, in the order in which it can be. */
export async function readDeferred(client: ClientBase, runId: string): Promise<DeferredEntry[]> {
  const { rows } = await client.query<DeferredEntry>(
    `SELECT position, table_name AS table, name, definition
     FROM ${LEDGER_SCHEMA}.put_aside WHERE run_id = $1 AND NOT restored ORDER BY position`,
    [runId],
  );
  return rows;
}

/** Memory for what sorts and compares; more where the server gives more. */
const ENOUGH_MEMORY = `SELECT set_config('maintenance_work_mem',
  greatest(pg_size_bytes(current_setting('maintenance_work_mem')), pg_size_bytes('256MB')) / 1024 || 'kB', true)`;

/** Builds one again; the ledger says so in the same transaction. */
export async function restore(client: ClientBase, runId: string, entry: DeferredEntry): Promise<void> {
  await client.query(
    `BEGIN;
     ${ENOUGH_MEMORY};
     ${entry.definition};
     UPDATE ${LEDGER_SCHEMA}.put_aside SET restored = true WHERE run_id = ${quoteText(runId)} AND position = ${entry.position};
     COMMIT`,
  );
}
