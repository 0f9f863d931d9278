import { inTransaction } from '@vatevo/transfer/postgres';
import { type Client, escapeLiteral } from 'pg';
import { SCHEMA } from '../server/schema.ts';

/** A key as PostgreSQL's log has it: in the printed form (see target-sql.ts of the transfer). */
export type LoggedKey = readonly string[];

/** Keys of a table that the log names, as many as are fetched at once. */
export interface SomeKeys {
  readonly table: string;
  readonly keys: readonly LoggedKey[];
}

/** Keys that are fetched at once. */
const KEYS = 2_000;

/** What is looked for in the log is at its end, whatever statistics say. In the open transaction. */
const BY_INDEX = 'SET LOCAL enable_seqscan = off';

/**
 * A line of the log that a snapshot did not show, as SQL: of a transaction that had not begun, or was under way. All of
 * them when there is no snapshot.
 */
function behind(since: string | null): string {
  if (since === null) return 'true';
  const snapshot = `${escapeLiteral(since)}::pg_snapshot`;
  return `(transaction >= pg_snapshot_xmax(${snapshot}) OR transaction = ANY (ARRAY(SELECT pg_snapshot_xip(${snapshot}))))`;
}

/** The snapshot of the open transaction. */
export async function currentSnapshot(client: Client): Promise<string> {
  const { rows } = await client.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
  return (rows[0] as { snapshot: string }).snapshot;
}

/** How many lines there are, at most as many as are asked for. In the open transaction. */
export async function countLines(client: Client, since: string | null, most: bigint): Promise<bigint> {
  await client.query(BY_INDEX);
  const { rows } = await client.query<{ lines: string }>(
    `SELECT count(*) AS lines FROM (SELECT FROM ${SCHEMA}.change WHERE ${behind(since)} LIMIT ${most}) AS line`,
  );
  await client.query('SET LOCAL enable_seqscan = on');
  return BigInt(rows[0]?.lines ?? 0);
}

/** Where the log ends, in lines that were ever written, and how many of them a snapshot did not show. */
export async function lagBehind(
  client: Client,
  since: string | null,
): Promise<{ end: bigint; left: bigint }> {
  return inTransaction(client, 'BEGIN READ ONLY', async () => {
    await client.query(BY_INDEX);
    const { rows } = await client.query<{ lines: string; last: string | null }>(
      `SELECT (SELECT count(*) FROM ${SCHEMA}.change WHERE ${behind(since)}) AS lines,
              pg_sequence_last_value(pg_get_serial_sequence('${SCHEMA}.change', 'seq')::regclass) AS last`,
    );
    return { end: BigInt(rows[0]?.last ?? 0), left: BigInt(rows[0]?.lines ?? 0) };
  });
}

/** How many keys of some tables the log names. */
export async function countKeys(client: Client, tables: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ keys: string }>(
    `SELECT count(*) AS keys FROM (SELECT DISTINCT tbl, key FROM ${SCHEMA}.change WHERE tbl = ANY ($1)) AS named`,
    [tables],
  );
  return Number(rows[0]?.keys);
}

/** A row that has another key, with the one before. */
export interface KeyChange {
  readonly table: string;
  readonly was: LoggedKey;
  readonly key: LoggedKey;
}

const KEY_CHANGES = 'vatevo_cutover_key_changes';

/** The keys that rows were given behind a snapshot, in the order in which they were. In the open transaction. */
export async function* keyChanges(client: Client, since: string | null): AsyncGenerator<KeyChange[], void> {
  await client.query(
    `DECLARE ${KEY_CHANGES} NO SCROLL CURSOR FOR
     SELECT tbl AS table, was, key FROM ${SCHEMA}.key_change WHERE ${behind(since)} ORDER BY seq`,
  );
  for (;;) {
    const { rows } = await client.query<KeyChange>(`FETCH ${KEYS} FROM ${KEY_CHANGES}`);
    if (rows.length === 0) break;
    yield rows;
  }
  await client.query(`CLOSE ${KEY_CHANGES}`);
}

/** Whether rows of some tables were given other keys behind a snapshot. */
export async function hasKeyChanges(
  client: Client,
  since: string | null,
  tables: readonly string[],
): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM ${SCHEMA}.key_change WHERE tbl = ANY ($1) AND ${behind(since)} LIMIT 1`,
    [tables],
  );
  return rowCount !== 0;
}

const CURSOR = 'vatevo_cutover_keys';

/**
 * The keys that the log names behind a snapshot, each of them once, in an order by which those that are near each other in a
 * table come together. In the open transaction; memory does not grow with the log.
 */
export async function* changedKeys(client: Client, since: string | null): AsyncGenerator<SomeKeys, void> {
  if (since !== null) await client.query(BY_INDEX);
  await client.query(
    `DECLARE ${CURSOR} NO SCROLL CURSOR FOR
     SELECT DISTINCT tbl COLLATE "C" AS tbl, key COLLATE "C" AS key FROM ${SCHEMA}.change WHERE ${behind(since)}
     ORDER BY 1, 2`,
  );
  for (;;) {
    const { rows } = await client.query<{ tbl: string; key: string[] }>(`FETCH ${KEYS} FROM ${CURSOR}`);
    if (rows.length === 0) break;
    for (let from = 0; from < rows.length; ) {
      const table = rows[from]?.tbl as string;
      const other = rows.findIndex(({ tbl }, at) => at > from && tbl !== table);
      const to = other < 0 ? rows.length : other;
      yield { table, keys: rows.slice(from, to).map(({ key }) => key) };
      from = to;
    }
  }
  await client.query(`CLOSE ${CURSOR}`);
}
