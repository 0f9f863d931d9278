import type { Client } from 'pg';
import { TransferError } from '../errors.ts';
import type { TablePlan } from '../plan/types.ts';
import type { ServerKey } from '../postgres/keys.ts';
import type { ReaderPool } from '../readers/pool.ts';
import type { BadRow, Locator, RowRange } from '../readers/protocol.ts';
import { describeBroken, fillProbeTable, PLACE, PROBE, probedTable, withProbeTable } from './probe-table.ts';
import { cutRanges, type PlannedTable } from './ranges.ts';

/** What an exclusion constraint compares, with an index that finds it. */
const COMPARED = 'vatevo_compared';
/** SQLSTATE class 22: a value that an expression cannot be computed for. */
const DATA_EXCEPTION = /^22/;

/**
 * Finds the rows that a unique index on expressions or with a predicate, or an exclusion constraint, would not
 * let in together, before any is loaded: the columns that it reads go into a temporary table, all rows of
 * them, and the server itself says which are in each other's way.
 *
 * A key that reads a column which the server fills is left to the settling, which refuses as well.
 *
 * @returns the rows by target table
 * @throws TransferError `source-refused` when what a key compares cannot be computed for some row
 */
export async function findBrokenKeys(
  client: Client,
  pool: ReaderPool,
  tables: readonly PlannedTable[],
  keys: readonly ServerKey[],
): Promise<Map<string, BadRow[]>> {
  const found = new Map<string, BadRow[]>();
  for (const { table, extent } of tables) {
    for (const key of keys) {
      const probed = key.table === table.target.name ? probedTable(table, key.columns) : undefined;
      if (probed === undefined || extent.rows === 0) continue;
      const rows = await probeKey(client, pool, cutRanges([{ table: probed, extent }]), key);
      if (rows.length > 0) found.set(key.table, [...(found.get(key.table) ?? []), ...rows]);
    }
  }
  return found;
}

async function probeKey(
  client: Client,
  pool: ReaderPool,
  ranges: readonly RowRange[],
  key: ServerKey,
): Promise<readonly BadRow[]> {
  const { table } = ranges[0] as RowRange;
  const places = await withProbeTable(client, table, async () => {
    const ends: number[] = [];
    for (const range of ranges) {
      const locators = await fillProbeTable(client, pool, range);
      ends.push((ends.at(-1) ?? 0) + locators.length);
    }
    return { ends, broken: await brokenPlaces(client, table, key) };
  });
  const locators = await locate(pool, ranges, places);
  const reason = key.exclusion
    ? `in the way of another row, as ${key.name} forbids`
    : `not unique, as ${key.name} wants it`;
  return describeBroken(pool, table, locators, { columns: key.columns, reason });
}

async function brokenPlaces(client: Client, table: TablePlan, key: ServerKey): Promise<number[]> {
  try {
    const { rows } = await client.query<{ place: string }>(
      key.exclusion ? await excluded(client, key, key.exclusion) : duplicates(key),
    );
    return rows.map(({ place }) => Number(place));
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string };
    if (!DATA_EXCEPTION.test(code)) throw error;
    // The message may name the value.
    const why = table.columns.some(({ secret }) => secret) ? `SQLSTATE ${code}` : message;
    throw new TransferError(
      'source-refused',
      `What ${key.name} of the target compares cannot be computed for some row of ${table.source} (${why}); nothing was loaded. Mend it in the source, or drop the index and run the same command again.`,
      { cause: error },
    );
  }
}

function duplicates({ values, predicate, nullsEqual }: ServerKey): string {
  const compared = values.map((value) => `(${value})`);
  const conditions = [
    ...(predicate === null ? [] : [`(${predicate})`]),
    ...(nullsEqual ? [] : compared.map((value) => `${value} IS NOT NULL`)),
  ];
  return `
    SELECT place FROM (
      SELECT ${PLACE} AS place, count(*) OVER (PARTITION BY ${compared.join(', ')}) AS rows
      FROM ${PROBE} ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}) counted
    WHERE rows > 1 ORDER BY place`;
}

/** Puts what is compared where an index finds it: every row with every other would be too many pairs. */
async function excluded(
  client: Client,
  { values, predicate }: ServerKey,
  { method, operators, operatorClasses }: NonNullable<ServerKey['exclusion']>,
): Promise<string> {
  const compared = values.map((value, i) => `(${value}) AS v${i}`);
  const indexed = operatorClasses.map((name, i) => `v${i} ${name}`);
  await client.query(`
    CREATE TEMP TABLE ${COMPARED} ON COMMIT DROP AS
      SELECT ${PLACE} AS place, ${compared.join(', ')} FROM ${PROBE} ${predicate === null ? '' : `WHERE ${predicate}`};
    CREATE INDEX ON ${COMPARED} USING ${method} (${indexed.join(', ')});
    ANALYZE ${COMPARED}`);
  const conflicts = operators.map((operator, i) => `a.v${i} ${operator} b.v${i}`);
  return `
    SELECT place FROM ${COMPARED} a
    WHERE EXISTS (SELECT 1 FROM ${COMPARED} b WHERE b.place <> a.place AND ${conflicts.join(' AND ')})
    ORDER BY place`;
}

/** The rows at these places. Ranges are read again: the locators of all rows would be too many to keep. */
async function locate(
  pool: ReaderPool,
  ranges: readonly RowRange[],
  { ends, broken }: { readonly ends: readonly number[]; readonly broken: readonly number[] },
): Promise<Locator[]> {
  const found: Locator[] = [];
  let next = 0;
  for (const [i, range] of ranges.entries()) {
    const begin = i === 0 ? 0 : (ends[i - 1] as number);
    const those: number[] = [];
    while (next < broken.length && (broken[next] as number) <= (ends[i] as number)) {
      those.push((broken[next++] as number) - begin - 1);
    }
    if (those.length === 0) continue;
    const { locators } = await pool.runOnce({ kind: 'probe', range });
    found.push(...those.map((place) => locators[place] as Locator));
  }
  return found;
}
