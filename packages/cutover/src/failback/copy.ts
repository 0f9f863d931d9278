import { quoteName } from '@vatevo/transfer/plan';
import { inTransaction } from '@vatevo/transfer/postgres';
import type { Database } from 'better-sqlite3';
import type { Client } from 'pg';
import type { FileLedger } from '../file/ledger.ts';
import { SCHEMA } from '../server/schema.ts';
import type { ServedTable } from '../server/tables.ts';
import { readTracked, trackNow } from '../server/tracked.ts';
import { logChanges, loggingTables, waitForWriters } from '../server/triggers.ts';
import { currentSnapshot } from './apply.ts';
import { copyTable } from './build.ts';
import { insertRows, type ReturningTable } from './table.ts';

/** Tables of which PostgreSQL's log does not tell everything. */
export interface ToCopy {
  /** Those whose changes are not logged, or are logged by what the table was before. */
  readonly unlogged: readonly ServedTable[];
  /** Those, and others of which the file holds what they were before: all that must be copied. */
  readonly unknown: readonly ServedTable[];
}

/**
 * Finds tables that came since PostgreSQL took over, were made anew or otherwise, or whose triggers were taken away.
 * What a change of a table does to its rows no trigger sees.
 */
export async function tablesToCopy(
  client: Client,
  moveId: string,
  tables: readonly ServedTable[],
): Promise<ToCopy> {
  const tracked = await readTracked(client, moveId);
  const logging = new Set(
    (await loggingTables(client)).filter(({ enabled }) => enabled).map(({ oid }) => oid),
  );
  const unlogged = tables.filter(({ oid, name, shape }) => {
    const known = tracked.get(oid);
    return !logging.has(oid) || known?.name !== name || known.shape !== shape;
  });
  const unknown = tables.filter(
    (table) => unlogged.includes(table) || tracked.get(table.oid)?.fileShape !== table.shape,
  );
  return { unlogged, unknown };
}

/**
 * Logs the changes of tables from now on. What the log said of them before may name keys that they have no longer,
 * and is not needed: they are copied as a whole.
 */
export async function logFromNow(
  client: Client,
  moveId: string,
  tables: readonly ServedTable[],
): Promise<void> {
  if (tables.length === 0) return;
  const tracked = await readTracked(client, moveId);
  const names = tables.flatMap(({ oid, name }) => [name, tracked.get(oid)?.name ?? name]);
  await inTransaction(client, 'BEGIN', async () => {
    await waitForWriters(client, tables);
    await client.query(`DELETE FROM ${SCHEMA}.change WHERE tbl = ANY ($1)`, [names]);
    await logChanges(client, tables);
    await trackNow(client, moveId, tables);
  });
}

/** Whether the file stands at a state that PostgreSQL has not reached: it was put back to an earlier one. */
export async function isAhead(client: Client, file: FileLedger): Promise<boolean> {
  const { rows } = await client.query<{ ahead: boolean | null }>(
    'SELECT pg_snapshot_xmax($1::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()) AS ahead',
    [file.read()?.applied ?? null],
  );
  return rows[0]?.ahead ?? false;
}

/**
 * Replaces what the file holds of tables by what PostgreSQL holds in one snapshot.
 *
 * @param all whether these are all tables, so that the file then stands at that snapshot
 */
export async function copyWhole(
  client: Client,
  file: FileLedger,
  tables: readonly ReturningTable[],
  all: boolean,
): Promise<void> {
  const write = (work: (db: Database) => void) =>
    file.write((db) => {
      work(db);
      // Where the file stands is for the log to say, which is applied behind this.
      return null;
    });
  await inTransaction(client, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', async () => {
    for (const table of tables) {
      write((db) => db.exec(`DELETE FROM ${quoteName(table.plan.source)}`));
      await copyTable(client, table, (rows) => write((db) => insertRows(db, table, rows)));
    }
    const snapshot = await currentSnapshot(client);
    if (all) file.write(() => snapshot);
  });
}
