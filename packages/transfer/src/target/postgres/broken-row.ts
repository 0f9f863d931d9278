import { isSqlState } from '@vatevo/connection';
import type { Client } from 'pg';
import type { RefusedValue } from '../../plan/rows.ts';
import type { TablePlan, TransferPlan } from '../../plan/types.ts';
import { quoteName, quoteQualified } from '../../quote.ts';
import { brokenRule } from './broken-rule.ts';
import { copySql, send } from './copy-rows.ts';
import { inTrial } from './in-transaction.ts';
import { columnsOf, inWords, nameRow, type ServerError } from './name-row.ts';
import {
  createStagedRows,
  insertStaged,
  removeStaged,
  type StagedRows,
  type StagedTable,
} from './staged-table.ts';

/**
 * Which of the staged rows, or of those that point to them, the target refused, in a transaction in which nothing of
 * the stage is applied. It is done again for that, in parts: this takes its time, and is the exception.
 */
export async function findBrokenRow(
  client: Client,
  plan: TransferPlan,
  staged: readonly StagedTable[],
  error: unknown,
): Promise<RefusedValue | undefined> {
  const about = error as ServerError;
  for (const each of staged) await removeStaged(client, each);
  if (!isSqlState(error, 'foreign_key_violation'))
    return findRefused(client, staged, await atOnce(client, about));
  for (const each of staged) await insertStaged(client, each);
  return findOrphan(client, plan, about);
}

/** The statement by which a constraint that would be looked at in the end is looked at now. */
async function atOnce(client: Client, { schema, table, constraint }: ServerError): Promise<string> {
  const { rows } = await client.query(
    `SELECT FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND k.conname = $3 AND k.condeferrable`,
    [schema, table, constraint],
  );
  if (rows.length === 0) return 'SELECT 1';
  return `SET CONSTRAINTS ${quoteQualified({ schema: schema as string, name: constraint as string })} IMMEDIATE`;
}

/**
 * Which of some rows, encoded for a table, the target refuses. In a transaction of its own, of which nothing stays.
 *
 * @param batches in binary COPY form, with header and trailer
 */
export async function findRefusedRow(
  client: Client,
  table: TablePlan,
  batches: AsyncIterable<{ readonly chunks: AsyncIterable<Uint8Array> | undefined }>,
): Promise<RefusedValue | undefined> {
  return inTrial(client, async () => {
    const staged = await createStagedRows(client, table, 'refused');
    for await (const { chunks } of batches)
      if (chunks) await send(client, copySql(table, staged.rows), chunks);
    return findRefused(client, [staged], 'SELECT 1');
  });
}

/** The first row that points to no other one, where a foreign key wants it to. */
export async function findOrphan(
  client: Client,
  plan: TransferPlan,
  about: ServerError,
): Promise<RefusedValue | undefined> {
  const { rows } = await client.query<{
    child: string;
    columns: string[];
    parent: string;
    parents: string[];
  }>(
    `SELECT k.conrelid::regclass::text AS child, k.confrelid::regclass::text AS parent,
            ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (n, i)
                  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY i) AS columns,
            ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (n, i)
                  JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY i) AS parents
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND k.conname = $3`,
    [about.schema, about.table, about.constraint],
  );
  const [key] = rows;
  const table = plan.tables.find(
    ({ target }) => target.schema === about.schema && target.name === about.table,
  );
  if (key === undefined || table === undefined) return undefined;
  const pairs = key.columns.map((name, i) => `p.${quoteName(key.parents[i] ?? '')} = r.${quoteName(name)}`);
  const present = key.columns.map((name) => `r.${quoteName(name)} IS NOT NULL`);
  return nameRow(
    client,
    table,
    quoteQualified(table.target),
    `WHERE ${present.join(' AND ')} AND NOT EXISTS (SELECT FROM ${key.parent} p WHERE ${pairs.join(' AND ')})`,
    key.columns,
    `points to no row of ${key.parent}`,
  );
}

/** The first row without which those before it can be loaded. */
async function findRefused(
  client: Client,
  staged: readonly StagedRows[],
  lookNow: string,
): Promise<RefusedValue | undefined> {
  await client.query('SAVEPOINT part');
  for (const each of staged) {
    const failure = async (rows: number) => {
      try {
        await insertStaged(client, each, rows);
        await client.query(lookNow);
        return undefined;
      } catch (error) {
        if (brokenRule(error, [each.table]) === undefined) throw error;
        return error;
      } finally {
        await client.query('ROLLBACK TO SAVEPOINT part');
      }
    };
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${each.rows}`);
    let fails = Number(rows[0]?.count);
    let why = await failure(fails);
    if (why === undefined) continue;
    for (let passes = 0; passes < fails - 1; ) {
      const middle = Math.floor((passes + fails) / 2);
      const failed = await failure(middle);
      if (failed === undefined) passes = middle;
      else [fails, why] = [middle, failed];
    }
    const columns = await columnsOf(client, each.table, why as ServerError);
    const reason = inWords(why, [each.table]);
    return nameRow(client, each.table, each.rows, `ORDER BY ctid OFFSET ${fails - 1}`, columns, reason);
  }
  return undefined;
}
