import { columnType } from '@vatevo/transfer/column-types';
import { CHANGE_LOG, inTransaction, keyColumn, matchKeys, quoteName } from '@vatevo/transfer/engine';
import type { Client } from 'pg';
import type { FileLedger } from '../file/ledger.ts';
import { SCHEMA } from '../server/schema.ts';
import { insertRows, type ReturningTable, storedRow } from './table.ts';
import type { StoredValue } from './values.ts';

/** Rows that are fetched at once. */
const ROWS = 2_000;

type Key = readonly string[];

/** What a table's changes come to in one state of PostgreSQL. */
interface Changed {
  readonly table: ReturningTable;
  readonly keys: readonly Key[];
  readonly rows: readonly (readonly StoredValue[])[];
}

/**
 * Makes the file equal to PostgreSQL as it is in one snapshot, by what PostgreSQL's log names that the file's
 * last snapshot did not show. The file's own log gets a line for each row, for the comparison that follows.
 *
 * @returns how many rows that took
 */
export async function applyBack(
  client: Client,
  file: FileLedger,
  tables: readonly ReturningTable[],
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
    for (const { table, keys } of changed) {
      const { plan } = table;
      const where = table.key.map((name) => `${quoteName(name)} = ?`).join(' AND ');
      const remove = db.prepare(`DELETE FROM ${quoteName(plan.source)} WHERE ${where}`);
      const kinds = keyKinds(table);
      for (const key of keys) remove.run(...key.map((value, i) => stored(kinds[i], value)));
    }
    for (const { table, keys, rows } of changed) {
      insertRows(db, table, rows);
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
    const keys = named.get(table.plan.target.name) ?? [];
    const rows: StoredValue[][] = [];
    for (let from = 0; from < keys.length; from += ROWS) {
      const some = keys.slice(from, from + ROWS);
      const { where, values } = whereKeys(table, some);
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
export async function keysSince(client: Client, since: string | null): Promise<Map<string, Key[]>> {
  const { rows } = await client.query<{ tbl: string; key: string[] }>(
    `SELECT DISTINCT tbl, key FROM ${SCHEMA}.change
     WHERE $1::pg_snapshot IS NULL
        OR (transaction >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(transaction, $1::pg_snapshot))`,
    [since],
  );
  const named = new Map<string, Key[]>();
  for (const { tbl, key } of rows) {
    const keys = named.get(tbl);
    if (keys) keys.push(key);
    else named.set(tbl, [key]);
  }
  return named;
}

function whereKeys(table: ReturningTable, keys: readonly Key[]) {
  const identity = table.key.map((name) => table.plan.columns.findIndex(({ target }) => target === name));
  return matchKeys({ ...table.plan, identity }, keys);
}

/** For each column of the key, whether it holds integers. */
function keyKinds(table: ReturningTable): boolean[] {
  return table.key.map((name) => {
    const column = table.plan.columns.find(({ target }) => target === name);
    return column !== undefined && columnType(column.type).traits.highestInteger !== undefined;
  });
}

function stored(isInteger: boolean | undefined, value: string): StoredValue {
  return isInteger ? BigInt(value) : value;
}

/** Lines of the file's own log, which names rows by the file's keys. */
function logRows(
  db: Parameters<Parameters<FileLedger['write']>[0]>[0],
  table: ReturningTable,
  keys: readonly Key[],
): void {
  const { plan } = table;
  const columns = plan.key.map((_, i) => keyColumn(i)).join(', ');
  const line = db.prepare(
    `INSERT INTO ${CHANGE_LOG} (tbl, ${columns}) VALUES (?, ${plan.key.map(() => '?').join(', ')})`,
  );
  const kinds = keyKinds(table);
  const places = plan.identity.map((i) => table.key.indexOf(plan.columns[i]?.target ?? ''));
  for (const key of keys) {
    line.run(plan.source, ...places.map((at) => stored(kinds[at], key[at] as string)));
  }
}

/** The highest id that PostgreSQL gave out, by the file's table. */
export async function idsGivenOut(
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
