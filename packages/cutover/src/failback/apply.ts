import { quoteName } from '@vatevo/transfer/plan';
import { inTransaction, matchKeys } from '@vatevo/transfer/postgres';
import { CHANGE_LOG, keyColumn } from '@vatevo/transfer/sqlite';
import type { Client } from 'pg';
import type { FileLedger } from '../file/ledger.ts';
import { SCHEMA } from '../server/schema.ts';
import type { FileKeys, StoredKey } from './file-keys.ts';
import { insertRows, type ReturningTable, storedRow } from './table.ts';
import type { StoredValue, ValueReader } from './values.ts';

/** Rows that are fetched at once. */
const ROWS = 2_000;

/** A key as PostgreSQL's log has it: in the printed form (see target-sql.ts of the transfer). */
type LoggedKey = readonly string[];

/** What a table's changes come to in one state of PostgreSQL. */
interface Changed {
  readonly table: ReturningTable;
  /** Those that the file can hold: no row of it has any other. */
  readonly keys: readonly StoredKey[];
  readonly rows: readonly (readonly StoredValue[])[];
}

/**
 * Makes the file equal to PostgreSQL as it is in one snapshot, by what PostgreSQL's log names that the file's
 * last snapshot did not show. The file's own log gets a line for each row, for the comparison that follows.
 *
 * @returns how many rows that took
 */
export async function applyToFile(
  client: Client,
  file: FileLedger,
  tables: readonly ReturningTable[],
  fileKeys: FileKeys,
): Promise<number> {
  const since = file.read()?.applied ?? null;
  const { snapshot, changed } = await inTransaction(
    client,
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    async () => ({
      snapshot: await currentSnapshot(client),
      changed: await readChanges(client, tables, since),
    }),
  );
  file.write((db) => {
    // Every row first: one may take the unique value of another.
    const left = changed.map(({ table, keys }) => fileKeys.remove(db, table, keys));
    for (const [i, { table, keys, rows }] of changed.entries()) {
      insertRows(db, table, rows, left[i]);
      logRows(db, table, keys);
    }
    return snapshot;
  });
  return changed.reduce((sum, { keys }) => sum + keys.length, 0);
}

export async function currentSnapshot(client: Client): Promise<string> {
  const { rows } = await client.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
  return (rows[0] as { snapshot: string }).snapshot;
}

async function readChanges(
  client: Client,
  tables: readonly ReturningTable[],
  since: string | null,
): Promise<Changed[]> {
  const named = await keysSince(client, since);
  const changed: Changed[] = [];
  for (const table of tables) {
    const logged = named.get(table.plan.target.name) ?? [];
    const keys: StoredKey[] = [];
    const rows: StoredValue[][] = [];
    for (let from = 0; from < logged.length; from += ROWS) {
      const { where, select, values } = matchKeys(
        { ...table.plan, identity: table.keyPlaces },
        logged.slice(from, from + ROWS),
      );
      keys.push(...(await storedKeys(client, table, select, values)));
      const found = await client.query<(string | null)[]>({
        text: `${table.select} WHERE ${where}`,
        values,
        rowMode: 'array',
      });
      for (const row of found.rows) rows.push(storedRow(table, row));
    }
    changed.push({ table, keys, rows });
  }
  return changed;
}

/** By table: the keys that the log names and a snapshot did not show; all of them when there was none. */
export async function keysSince(client: Client, since: string | null): Promise<Map<string, LoggedKey[]>> {
  const { rows } = await client.query<{ tbl: string; key: string[] }>(
    `SELECT DISTINCT tbl, key FROM ${SCHEMA}.change
     WHERE $1::pg_snapshot IS NULL
        OR (transaction >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(transaction, $1::pg_snapshot))`,
    [since],
  );
  const named = new Map<string, LoggedKey[]>();
  for (const { tbl, key } of rows) {
    const keys = named.get(tbl);
    if (keys) keys.push(key);
    else named.set(tbl, [key]);
  }
  return named;
}

/** Keys in the form in which the file is given them, printed by PostgreSQL like the values of rows. */
async function storedKeys(
  client: Client,
  { plan, keyPlaces, readers }: ReturningTable,
  select: string,
  values: readonly unknown[],
): Promise<StoredKey[]> {
  const ofKey = keyPlaces.map((at) => readers[at] as ValueReader);
  const names = keyPlaces.map((at) => quoteName(plan.columns[at]?.target ?? ''));
  const { rows } = await client.query<string[]>({
    text: `SELECT ${ofKey.map(({ expression }) => expression).join(', ')} FROM (${select}) r (${names.join(', ')})`,
    values: [...values],
    rowMode: 'array',
  });
  const keys = rows.map((row) => ofKey.map((reader, i) => reader.read(row[i] ?? null)));
  return keys.filter((key): key is StoredValue[] => !key.includes(undefined));
}

/** Lines of the file's own log, which names rows by the file's keys. */
function logRows(
  db: Parameters<Parameters<FileLedger['write']>[0]>[0],
  table: ReturningTable,
  keys: readonly StoredKey[],
): void {
  const { plan } = table;
  const columns = plan.key.map((_, i) => keyColumn(i)).join(', ');
  const line = db.prepare(
    `INSERT INTO ${CHANGE_LOG} (tbl, ${columns}) VALUES (?, ${plan.key.map(() => '?').join(', ')})`,
  );
  const places = plan.identity.map((at) => table.keyPlaces.indexOf(at));
  for (const key of keys) line.run(plan.source, ...places.map((at) => key[at] as StoredValue));
}

/** The highest id that PostgreSQL assigned, by the file's table. */
export async function highWaterMarks(
  client: Client,
  tables: readonly ReturningTable[],
): Promise<Map<string, bigint>> {
  const given = new Map<string, bigint>();
  for (const { plan } of tables) {
    for (const { sequence } of plan.columns) {
      if (sequence === undefined) continue;
      const { rows } = await client.query<{ last: string | null }>(
        'SELECT pg_sequence_last_value($1::text::regclass)::text AS last',
        [sequence],
      );
      if (rows[0]?.last) given.set(plan.source, BigInt(rows[0].last));
    }
  }
  return given;
}
