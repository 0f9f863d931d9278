import { isSqlState } from '@vatevo/connection';
import type { Client } from 'pg';
import type { RefusedValue } from '../../plan/rows.ts';
import { showValue } from '../../plan/show.ts';
import { type ColumnPlan, sourceName, type TablePlan, type TransferPlan } from '../../plan/types.ts';
import { quoteName, quoteQualified } from '../../quote.ts';
import { brokenRule } from './broken-rule.ts';
import { insertStaged, removeStaged, type StagedTable } from './staged-table.ts';

/** What PostgreSQL says of an error, as far as it does. */
interface ServerError {
  readonly code?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
}

/**
 * Which of the staged rows, or of those that point to them, the target refused, in a transaction in which nothing of
 * the stage is applied. It is done again for that, in parts: this takes its time, and is the exception.
 */
export async function findBrokenRow(
  client: Client,
  plan: TransferPlan,
  staged: readonly StagedTable[],
  error: unknown,
): Promise<RefusedValue> {
  const about = error as ServerError;
  for (const each of staged) await removeStaged(client, each);
  const found = isSqlState(error, 'foreign_key_violation')
    ? await findOrphan(client, plan, staged, about)
    : await findRefused(client, staged);
  return (
    found ?? {
      table: about.table ?? '?',
      key: '?',
      column: '?',
      reason: rule(error, plan.tables),
      value: '?',
    }
  );
}

/** The row that points to no other one, when all is applied. */
async function findOrphan(
  client: Client,
  plan: TransferPlan,
  staged: readonly StagedTable[],
  about: ServerError,
): Promise<RefusedValue | undefined> {
  for (const each of staged) await insertStaged(client, each);
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
  return findFirst(
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
  staged: readonly StagedTable[],
): Promise<RefusedValue | undefined> {
  await client.query('SAVEPOINT part');
  for (const each of staged) {
    const failure = async (rows: number) => {
      try {
        await insertStaged(client, each, rows);
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
    const columns = await columnsOf(client, why as ServerError);
    const reason = rule(why, [each.table]);
    return findFirst(client, each.table, each.rows, `ORDER BY ctid OFFSET ${fails - 1}`, columns, reason);
  }
  return undefined;
}

/** What a rule is about: the columns of a constraint, or of an index. */
async function columnsOf(
  client: Client,
  { schema, table, column, constraint }: ServerError,
): Promise<string[]> {
  if (column !== undefined) return [column];
  const { rows } = await client.query<{ name: string }>(
    `SELECT a.attname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     WHERE n.nspname = $1 AND c.relname = $2
       AND (a.attnum = ANY (SELECT unnest(k.conkey) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.conname = $3)
            OR a.attnum = ANY (SELECT unnest(x.indkey::int2[]) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
                               WHERE x.indrelid = c.oid AND i.relname = $3))
     ORDER BY a.attnum`,
    [schema, table, constraint],
  );
  return rows.map(({ name }) => name);
}

async function findFirst(
  client: Client,
  table: TablePlan,
  from: string,
  where: string,
  columns: readonly string[],
  reason: string,
): Promise<RefusedValue | undefined> {
  const identity = table.identity.map((i) => table.columns[i] as ColumnPlan);
  const about = columns.map((name) => table.columns.find(({ target }) => target === name));
  const listed = [...identity.map(({ target }) => target), ...columns].map(
    (name) => `r.${quoteName(name)}::text`,
  );
  const { rows } = await client.query<(string | null)[]>({
    text: `SELECT ${listed.join(', ')} FROM ${from} r ${where} LIMIT 1`,
    rowMode: 'array',
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  const shown = (column: ColumnPlan | undefined, value: string | null | undefined) =>
    column?.secret ? '(hidden)' : showValue(value ?? null);
  return {
    table: table.source,
    key: identity.map((column, i) => `${sourceName(column)}=${shown(column, row[i])}`).join(', '),
    column: about.map((column, i) => (column ? sourceName(column) : columns[i])).join(', ') || 'the row',
    reason,
    value: about.map((column, i) => shown(column, row[identity.length + i])).join(', ') || 'see there',
  };
}

/** The broken rule, in words; the values of its columns are shown for themselves. */
function rule(error: unknown, tables: readonly TablePlan[]): string {
  const { code, constraint } = error as ServerError;
  if (constraint === undefined) return brokenRule(error, tables) ?? `SQLSTATE ${code}`;
  if (isSqlState(error, 'unique_violation')) return `not unique, as ${constraint} wants it`;
  if (isSqlState(error, 'check_violation')) return `breaks the check ${constraint}`;
  if (isSqlState(error, 'exclusion_violation')) return `excluded by another row, as ${constraint} wants it`;
  return brokenRule(error, tables) ?? `SQLSTATE ${code}`;
}
