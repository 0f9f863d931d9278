import { quoteName } from '@vatevo/transfer/plan';
import { inSnapshot, matchKeys } from '@vatevo/transfer/postgres';
import { CHANGE_LOG, keyColumn } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import type { Client } from 'pg';
import type { FileLedger } from '../file/ledger.ts';
import { changedKeys, currentSnapshot, keyChanges, type LoggedKey } from './changes.ts';
import type { FileKeys, StoredKey } from './file-keys.ts';
import { Portion } from './portion.ts';
import { type Stage, withStages } from './stage.ts';
import { insertRows, type ReturningTable, storedRow } from './table.ts';
import type { StoredValue, ValueReader } from './values.ts';

export interface ApplyOptions {
  readonly client: Client;
  readonly file: FileLedger;
  readonly tables: readonly ReturningTable[];
  readonly fileKeys: FileKeys;
  /** Whether the file's own log gets a line for each row, for a comparison of what was applied. */
  readonly isNamed: boolean;
  /** Told of the keys so far, before the file is written. What it throws ends the application. */
  readonly onKeys?: (keys: number) => void;
}

/**
 * Makes the file equal to PostgreSQL as it is in one snapshot, by what PostgreSQL's log names that the file's
 * last snapshot did not show. Keys and rows wait on stages, so that memory grows with nothing; then, in one transaction of
 * the file:
 *
 * 1. remove the rows with all of these keys: one may take the unique value of another;
 * 2. insert those that are there now, with what the file alone held of them, by whatever key.
 *
 * @returns how many keys that took
 */
export async function applyToFile(options: ApplyOptions): Promise<number> {
  const { file, tables, fileKeys, isNamed } = options;
  return withStages(file, 'keys', tables, (keysOf) =>
    withStages(file, 'rows', tables, (rowsOf) =>
      withStages(file, 'renamed', tables, async (renamedOf) => {
        const { snapshot, count } = await stageChanges(options, { keysOf, rowsOf, renamedOf });
        file.write((db) => {
          fileKeys.begin();
          for (const [table, keys] of keysOf) {
            if (keys.isEmpty) continue;
            fileKeys.remove(db, table, keys.rows(db));
            if (isNamed) logRows(db, table, keys.rows(db));
          }
          for (const [table, renamed] of renamedOf) fileKeys.left(table)?.follow(renamed.rows(db));
          for (const [table, rows] of rowsOf) insertRows(db, table, rows.rows(db), fileKeys.left(table));
          return snapshot;
        });
        return count;
      }),
    ),
  );
}

interface Stages {
  readonly keysOf: ReadonlyMap<ReturningTable, Stage>;
  readonly rowsOf: ReadonlyMap<ReturningTable, Stage>;
  /** Printed keys before and after. */
  readonly renamedOf: ReadonlyMap<ReturningTable, Stage>;
}

/** Reads what one snapshot of PostgreSQL holds of what changed. */
async function stageChanges(
  { client, file, tables, onKeys }: ApplyOptions,
  { keysOf, rowsOf, renamedOf }: Stages,
): Promise<{ snapshot: string; count: number }> {
  const since = file.read()?.applied ?? null;
  const byName = new Map(tables.map((table) => [table.plan.target.name, table]));
  const portions = new Map(tables.map((table) => [table, new Portion()]));
  let count = 0;
  return inSnapshot(client, async () => {
    const snapshot = await currentSnapshot(client);
    for await (const { table: name, keys } of changedKeys(client, since)) {
      const table = byName.get(name);
      const portion = table && portions.get(table);
      if (table === undefined || portion === undefined) continue;
      const stored = await storedKeys(client, table, keys);
      keysOf.get(table)?.add(stored);
      count += stored.length;
      for (let from = 0; from < keys.length; ) {
        const some = keys.slice(from, from + portion.rows);
        const rows = await readRows(client, table, some);
        portion.came(rows);
        rowsOf.get(table)?.add(rows.map((row) => storedRow(table, row)));
        from += some.length;
        onKeys?.(count);
      }
    }
    await eachKeyChange(client, since, byName, (table, changes) => renamedOf.get(table)?.add(changes));
    return { snapshot, count };
  });
}

/** Printed keys before and after, as they are kept by. In the open transaction. */
export async function eachKeyChange(
  client: Client,
  since: string | null,
  tables: ReadonlyMap<string, ReturningTable>,
  visit: (table: ReturningTable, changes: [was: string, key: string][]) => void,
): Promise<void> {
  for await (const changes of keyChanges(client, since)) {
    const found = new Map<ReturningTable, [was: string, key: string][]>();
    for (const { table: name, was, key } of changes) {
      const table = tables.get(name);
      if (table === undefined) continue;
      const ofTable = found.get(table) ?? [];
      ofTable.push([JSON.stringify(was), JSON.stringify(key)]);
      found.set(table, ofTable);
    }
    for (const [table, ofTable] of found) visit(table, ofTable);
  }
}

async function readRows(
  client: Client,
  table: ReturningTable,
  logged: readonly LoggedKey[],
): Promise<(string | null)[][]> {
  const { where, values } = matchKeys({ ...table.plan, identity: table.keyPlaces }, logged);
  const { rows } = await client.query<(string | null)[]>({
    text: `${table.select} WHERE ${where}`,
    values,
    rowMode: 'array',
  });
  return rows;
}

/**
 * Keys in the form in which the file is given them, printed by PostgreSQL like the values of rows; those that the file
 * can hold, as no row of it has any other.
 */
async function storedKeys(
  client: Client,
  { plan, keyPlaces, readers }: ReturningTable,
  logged: readonly LoggedKey[],
): Promise<StoredKey[]> {
  const { select, values } = matchKeys({ ...plan, identity: keyPlaces }, logged);
  const ofKey = keyPlaces.map((at) => readers[at] as ValueReader);
  const names = keyPlaces.map((at) => quoteName(plan.columns[at]?.target ?? ''));
  const { rows } = await client.query<string[]>({
    text: `SELECT ${ofKey.map(({ expression }) => expression).join(', ')} FROM (${select}) r (${names.join(', ')})`,
    values,
    rowMode: 'array',
  });
  const keys = rows.map((row) => ofKey.map((reader, i) => reader.read(row[i] ?? null)));
  return keys.filter((key): key is StoredValue[] => !key.includes(undefined));
}

/** Lines of the file's own log, which names rows by the file's keys. */
function logRows(db: Database, table: ReturningTable, keys: Iterable<StoredKey>): void {
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
