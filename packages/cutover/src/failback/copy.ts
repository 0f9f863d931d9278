import { quoteName } from '@vatevo/transfer/plan';
import { inSnapshot, inTransaction } from '@vatevo/transfer/postgres';
import type { Client } from 'pg';
import type { FileLedger } from '../file/ledger.ts';
import { SCHEMA } from '../server/schema.ts';
import type { ServedTable } from '../server/tables.ts';
import { readTracked, trackNow } from '../server/tracked.ts';
import { logChanges, loggingTables, waitForWriters } from '../server/triggers.ts';
import { eachKeyChange } from './apply.ts';
import { copyTable } from './build.ts';
import { currentSnapshot } from './changes.ts';
import { printerOf } from './file-keys.ts';
import { KeptValues } from './kept-values.ts';
import { withStages } from './stage.ts';
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
 * Replaces what the file holds of tables by what PostgreSQL holds in one snapshot, in one transaction of the file: whoever
 * dies in between, or gives up, leaves the rows as they were. What columns hold that stay behind, stays in the rows that there
 * are on both sides.
 *
 * @param all whether these are all tables, so that the file then stands at that snapshot; where it stands else is for the
 *   log to say, which is applied behind this
 */
export async function copyWhole(
  client: Client,
  file: FileLedger,
  tables: readonly ReturningTable[],
  all: boolean,
): Promise<void> {
  if (tables.length === 0 && !all) return;
  const since = file.read()?.applied ?? null;
  const byName = new Map(tables.map((table) => [table.plan.target.name, table]));
  await withStages(file, 'copied', tables, (stages) =>
    withStages(file, 'renamed', tables, async (renamedOf) => {
      const snapshot = await inSnapshot(client, async () => {
        for (const [table, stage] of stages) await copyTable(client, table, (rows) => stage.add(rows));
        // Of one table without the others the log goes on from where it was, and would have its rows renamed twice.
        if (all)
          await eachKeyChange(client, since, byName, (table, changes) => renamedOf.get(table)?.add(changes));
        return currentSnapshot(client);
      });
      file.write((db) => {
        for (const [table, stage] of stages) {
          const left = new KeptValues(db, table, printerOf(table));
          left.keepAll();
          const renamed = renamedOf.get(table);
          if (renamed) left.follow(renamed.rows(db));
          db.exec(`DELETE FROM ${quoteName(table.plan.source)}`);
          insertRows(db, table, stage.rows(db), left);
        }
        return all ? snapshot : null;
      });
    }),
  );
}
