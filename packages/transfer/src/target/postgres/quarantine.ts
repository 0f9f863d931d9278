import { tableExists } from '@vatevo/connection';
import type { ClientBase } from 'pg';
import { ProgrammingError } from '../../errors.ts';
import type {
  BadRow,
  QuarantinedRow,
  RowReason,
  StoredQuarantine,
  StoredRow,
  StoredValue,
} from '../../plan/rows.ts';
import { LEDGER_SCHEMA } from './ledger.ts';

/**
 * Rows that a run set aside: a line each in `quarantine`, and in `quarantine_value` every column of the
 * source row as it was stored. Both go into the ledger in the transaction that begins the run, so a run that
 * is resumed excludes exactly the rows that it began without.
 */
const CREATE = `
  CREATE TABLE IF NOT EXISTS ${LEDGER_SCHEMA}.quarantine (
    run_id bigint NOT NULL REFERENCES ${LEDGER_SCHEMA}.run ON DELETE CASCADE,
    table_name text NOT NULL,
    place bigint NOT NULL,
    source_table text NOT NULL,
    row_key text NOT NULL,
    row_id bigint,
    reasons jsonb NOT NULL,
    PRIMARY KEY (run_id, table_name, place)
  );
  CREATE TABLE IF NOT EXISTS ${LEDGER_SCHEMA}.quarantine_value (
    run_id bigint NOT NULL,
    table_name text NOT NULL,
    place bigint NOT NULL,
    ordinal int NOT NULL,
    column_name text NOT NULL,
    storage_class text NOT NULL CHECK (storage_class IN ('null', 'integer', 'real', 'text', 'blob')),
    bytes bytea,
    PRIMARY KEY (run_id, table_name, place, ordinal),
    FOREIGN KEY (run_id, table_name, place) REFERENCES ${LEDGER_SCHEMA}.quarantine ON DELETE CASCADE
  );`;

export async function createQuarantine(client: ClientBase): Promise<void> {
  await client.query(CREATE);
}

/** Enters rows of one table, in the order of their places. */
export async function insertQuarantined(
  client: ClientBase,
  runId: string,
  { source, target }: { readonly source: string; readonly target: { readonly name: string } },
  rows: readonly (BadRow & { readonly place: number; readonly rowid: bigint | undefined })[],
): Promise<void> {
  await client.query(
    `INSERT INTO ${LEDGER_SCHEMA}.quarantine (run_id, table_name, source_table, place, row_key, row_id, reasons)
     SELECT $1, $2, $3, * FROM unnest($4::bigint[], $5::text[], $6::bigint[], $7::jsonb[])`,
    [
      runId,
      target.name,
      source,
      rows.map((row) => row.place),
      rows.map((row) => row.key),
      rows.map((row) => row.rowid ?? null),
      rows.map((row) => JSON.stringify(row.reasons)),
    ],
  );
}

/** Enters what the rows hold. */
export async function insertStoredRows(
  client: ClientBase,
  runId: string,
  target: string,
  rows: readonly StoredRow[],
): Promise<void> {
  const values = rows.flatMap(({ place, values: stored }) =>
    stored.map((value, ordinal) => ({ ...value, place, ordinal })),
  );
  await client.query(
    `INSERT INTO ${LEDGER_SCHEMA}.quarantine_value (run_id, table_name, place, ordinal, column_name, storage_class, bytes)
     SELECT $1, $2, * FROM unnest($3::bigint[], $4::int[], $5::text[], $6::text[], $7::bytea[])`,
    [
      runId,
      target,
      values.map((value) => value.place),
      values.map((value) => value.ordinal),
      values.map((value) => value.column),
      values.map((value) => value.storageClass),
      values.map((value) => value.bytes && Buffer.from(value.bytes)),
    ],
  );
}

/** Every row in a run's quarantine, table by table; none where a ledger is older than the quarantine. */
export async function readQuarantined(client: ClientBase, runId: string): Promise<QuarantinedRow[]> {
  if (!(await tableExists(client, `${LEDGER_SCHEMA}.quarantine`))) return [];
  const { rows } = await client.query<{
    table_name: string;
    place: string;
    source_table: string;
    row_key: string;
    row_id: string | null;
    reasons: RowReason[];
  }>(
    `SELECT table_name, place, source_table, row_key, row_id, reasons
     FROM ${LEDGER_SCHEMA}.quarantine WHERE run_id = $1 ORDER BY table_name COLLATE "C", place`,
    [runId],
  );
  return rows.map((row) => ({
    target: row.table_name,
    place: Number(row.place),
    table: row.source_table,
    key: row.row_key,
    rowid: row.row_id === null ? undefined : BigInt(row.row_id),
    reasons: row.reasons,
  }));
}

/** Values that are fetched at once: each may be large. */
const VALUES_A_FETCH = 256;
const CURSOR = 'vatevo_quarantine';

/** Every row of a run's quarantine with what it holds, one after the other. */
export async function* storedQuarantine(client: ClientBase, runId: string): AsyncGenerator<StoredQuarantine> {
  if (!(await tableExists(client, `${LEDGER_SCHEMA}.quarantine`))) return;
  await client.query('BEGIN READ ONLY');
  try {
    await client.query(
      `DECLARE ${CURSOR} NO SCROLL CURSOR FOR
       SELECT table_name AS target, place, column_name AS column, storage_class AS "storageClass", bytes
       FROM ${LEDGER_SCHEMA}.quarantine_value WHERE run_id = '${BigInt(runId)}'
       ORDER BY table_name COLLATE "C", place, ordinal`,
    );
    const rows = (await readQuarantined(client, runId))[Symbol.iterator]();
    let current: { row: QuarantinedRow; values: StoredValue[] } | undefined;
    for (;;) {
      const { rows: page } = await client.query<
        StoredValue & { readonly target: string; readonly place: string }
      >(`FETCH ${VALUES_A_FETCH} FROM ${CURSOR}`);
      if (page.length === 0) break;
      for (const { target, place, ...value } of page) {
        if (current?.row.target !== target || current.row.place !== Number(place)) {
          if (current) yield current;
          const next = rows.next();
          if (next.done)
            throw new ProgrammingError(`${LEDGER_SCHEMA}.quarantine_value holds a row that the list lacks`);
          current = { row: next.value, values: [] };
        }
        current.values.push(value);
      }
    }
    if (current) yield current;
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** What one row holds, column by column. */
export async function readStoredRow(
  client: ClientBase,
  runId: string,
  { target, place }: Pick<QuarantinedRow, 'target' | 'place'>,
): Promise<StoredValue[]> {
  const { rows } = await client.query<{
    column: string;
    storageClass: StoredValue['storageClass'];
    bytes: Buffer | null;
  }>(
    `SELECT column_name AS column, storage_class AS "storageClass", bytes FROM ${LEDGER_SCHEMA}.quarantine_value
     WHERE run_id = $1 AND table_name = $2 AND place = $3 ORDER BY ordinal`,
    [runId, target, place],
  );
  return rows;
}
