import { type Difference, useSession } from '@vatevo/transfer';
import { compareAll, type DifferingRow, type PlannedTable, showDifferences } from '@vatevo/transfer/pipeline';
import { isCutByKey, quoteName, quoteQualified, type TablePlan } from '@vatevo/transfer/plan';
import { useSource } from '@vatevo/transfer/sqlite';
import type { Client } from 'pg';
import { countKeys } from './failback/changes.ts';
import { unchangedInServer } from './failback/logged.ts';
import { readRecord } from './file/ledger.ts';
import { LOCK_WAIT, type MoveOptions } from './move.ts';
import { ServerLedger } from './server/ledger.ts';
import { completeSchema, SCHEMA } from './server/schema.ts';
import { type ServedTable, servedTables } from './server/tables.ts';
import { readTracked } from './server/tracked.ts';

/** A file and the PostgreSQL that took over from it. */
export interface MovedVerification {
  readonly equal: boolean;
  readonly rowsCompared: number;
  /** Rows that were written in PostgreSQL since it took over, and therefore are not compared. */
  readonly rowsChangedSince: number;
  /** Tables that are made of something else since, and therefore are not compared. */
  readonly tablesChangedSince: readonly string[];
  readonly differing: number;
  /** What differs, of the first ones. */
  readonly differences: readonly Difference[];
}

/**
 * Proves that PostgreSQL still holds what it took over, but for the rows that were written since: its log names
 * them. Neither side is written.
 *
 * @returns undefined when the file is not one from which PostgreSQL took over and logs its changes since
 */
export async function verifyMoved(options: MoveOptions): Promise<MovedVerification | undefined> {
  const { source } = options;
  return useSession({ ...options, readable: source }, async (session) => {
    const { client, digests, ledger, schema } = session.target;
    await session.target.lock(LOCK_WAIT);
    const record = await new ServerLedger(client).read();
    const run = await ledger.findRun();
    if (record?.state !== 'serving' || run === undefined) return undefined;
    if (useSource(source, readRecord)?.move !== record.id) return undefined;
    await completeSchema(client);
    const served = await servedTables(client, schema, []);
    const tracked = await readTracked(client, record.id);
    // A table that a migration changed is not what the file holds any more.
    const isSame = ({ target }: TablePlan) => {
      const table = served.find(({ name }) => name === target.name);
      return tracked.size === 0 || (table && tracked.get(table.oid)?.fileShape === table.shape);
    };
    const plan = { ...run.plan, tables: run.plan.tables.filter(isSame) };
    const view = session.source.live();
    const tables = await view.measure(plan);
    const unchanged = unchangedInServer(client, plan, served, () => null);
    const compared = await compareAll(view, digests, tables, unchanged, options.onProgress);
    const beyond = await rowsBeyond(client, tables, served);
    const differing = [...compared.differing, ...beyond];
    return {
      equal: differing.length === 0,
      rowsCompared: compared.rows,
      tablesChangedSince: run.plan.tables
        .filter((table) => !plan.tables.includes(table))
        .map(({ target }) => target.name),
      rowsChangedSince: await countKeys(
        client,
        plan.tables.map(({ target }) => target.name),
      ),
      differing: differing.length,
      differences: await view.withReader((reader) => showDifferences(reader, digests, differing)),
    };
  });
}

/** Rows of PostgreSQL whose ids no row of the file reaches, and that the log does not name either. */
async function rowsBeyond(
  client: Client,
  tables: readonly PlannedTable[],
  served: readonly ServedTable[],
): Promise<DifferingRow[]> {
  const found: DifferingRow[] = [];
  for (const { table, extent } of tables) {
    const [place] = table.identity;
    if (!isCutByKey(table) || place === undefined) continue;
    const { target } = table;
    const column = table.columns[place]?.target ?? '';
    const id = `r.${quoteName(column)}`;
    const { lowest = 0n, highest = -1n } = extent.bounds ?? {};
    const key = served.find(({ name }) => name === target.name)?.key ?? [];
    const { rows } = await client.query<[string]>({
      text: `SELECT ${id}::text FROM ${quoteQualified(target)} r WHERE (${id} < $1 OR ${id} > $2)
             AND NOT EXISTS (SELECT FROM ${SCHEMA}.change c WHERE c.tbl = $3 AND c.key[$4] = ${id}::text)`,
      values: [lowest, highest, target.name, key.indexOf(column) + 1],
      rowMode: 'array',
    });
    for (const key of rows) found.push({ table, key });
  }
  return found;
}
