import type { Client } from 'pg';
import type { PackedDigests } from '../../plan/rows.ts';
import type { TablePlan } from '../../plan/types.ts';
import { quoteName, quoteQualified } from '../../quote.ts';
import type { Key, Places, Suspected, TableDigest } from '../target.ts';
import {
  keyedDigestQuery,
  packedDigestQuery,
  placeSumsQuery,
  printedColumn,
  rowsQuery,
} from './digest-sql.ts';
import { inTransaction } from './in-transaction.ts';
import { matchKeys } from './match-keys.ts';

const ROWS_A_FETCH = 5_000;
const CURSOR = 'vatevo_differences';

export async function digestPlaces(
  client: Client,
  table: TablePlan,
  places: Places,
): Promise<Map<number | null, TableDigest>> {
  const value = heldValue(places);
  const place = `CASE WHEN ${within(places)} THEN div(${value}::numeric - ${places.lowest}, ${places.width})::int END`;
  const { rows } = await client.query<Record<'rows' | 'high' | 'low', string> & { place: number | null }>(
    placeSumsQuery(table, place),
  );
  const sum = (text: string) => BigInt.asUintN(64, BigInt(text));
  return new Map(
    rows.map((row) => [row.place, { rows: BigInt(row.rows), high: sum(row.high), low: sum(row.low) }]),
  );
}

function heldValue({ column }: Places): string {
  return `r.${quoteName(column.target)}`;
}

function within(places: Places): string {
  return `${heldValue(places)} BETWEEN ${places.lowest} AND ${places.highest}`;
}

/** Reads the rows through a cursor, so that memory does not grow with the table. */
export async function eachRow(
  client: Client,
  table: TablePlan,
  suspected: Suspected | undefined,
  visit: (digest: string, values: (string | null)[]) => void,
): Promise<void> {
  await inTransaction(client, 'BEGIN READ ONLY', async () => {
    await client.query(
      `DECLARE ${CURSOR} NO SCROLL CURSOR FOR ${rowsQuery(table, suspected && conditionOf(suspected))}`,
    );
    for (;;) {
      const { rows } = await client.query<[string, ...(string | null)[]]>({
        text: `FETCH ${ROWS_A_FETCH} FROM ${CURSOR}`,
        rowMode: 'array',
      });
      if (rows.length === 0) break;
      for (const [digest, ...values] of rows) visit(digest, values);
    }
  });
}

/** Rows beyond all ranges are in no source. */
function conditionOf(suspected: Suspected): string {
  const value = heldValue(suspected);
  const ranges = suspected.ranges.map(({ lowest, highest }) => `${value} BETWEEN ${lowest} AND ${highest}`);
  return [...ranges, `(${within(suspected)}) IS NOT TRUE`].join(' OR ');
}

export async function digestsBetween(
  client: Client,
  table: TablePlan,
  bounds: { lowest: bigint; highest: bigint },
): Promise<PackedDigests> {
  const { rows } = await client.query<{ keys: Buffer | null; digests: Buffer | null }>(
    packedDigestQuery(table),
    [bounds.lowest, bounds.highest],
  );
  const none = Buffer.alloc(0);
  return { keys: rows[0]?.keys ?? none, digests: rows[0]?.digests ?? none };
}

export async function digestsOf(
  client: Client,
  table: TablePlan,
  keys: readonly Key[],
): Promise<Map<string, string>> {
  const { where, values } = matchKeys(table, keys);
  return digests(client, table, where, values);
}

async function digests(
  client: Client,
  table: TablePlan,
  where: string,
  values: unknown[],
): Promise<Map<string, string>> {
  const { rows } = await client.query<[string, ...(string | null)[]]>({
    text: keyedDigestQuery(table, where),
    values,
    rowMode: 'array',
  });
  return new Map(rows.map(([digest, ...key]) => [JSON.stringify(key), digest]));
}

export async function valuesOf(
  client: Client,
  table: TablePlan,
  key: Key,
): Promise<(string | null)[] | undefined> {
  const { where, values } = matchKeys(table, [key]);
  const { rows } = await client.query<(string | null)[]>({
    text: `SELECT ${table.columns.map(printedColumn).join(', ')} FROM ${quoteQualified(table.target)} r WHERE ${where}`,
    values,
    rowMode: 'array',
  });
  return rows[0];
}
