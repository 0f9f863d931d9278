import { isSqlState, isSqlStateOf, sqlStateOf } from '@vatevo/connection';
import type { Client } from 'pg';
import type { ServerKey } from '../plan/catalog.ts';
import type { BadRow, Locator } from '../plan/rows.ts';
import { quoteName } from '../quote.ts';
import type { PlannedTable, RowRange, SourceView } from '../source/source.ts';
import { describeBroken, fillProbeTable, PLACE, PROBE, probedTable, withProbeTable } from './probe-table.ts';

/** What a key compares, of the rows that it is for. */
const COMPARED = 'vatevo_compared';
/**
 * A value that an expression cannot be computed for (SQLSTATE class 22), that is too large for an index (54), or
 * that a function refuses (P0001).
 */
function isFaultOfARow(error: Error): boolean {
  return (
    isSqlStateOf(error, 'data_exception', 'program_limit_exceeded') || isSqlState(error, 'raise_exception')
  );
}
/** Rows for which a key cannot be computed that are looked for. */
const MOST_FAULTS = 1_000;

/**
 * Finds the rows that a unique index on expressions or with a predicate, or an exclusion constraint, would not
 * let in, before any is loaded: the columns that it reads go into a temporary table, all rows of them, and the
 * server itself says which are in each other's way.
 *
 * What cannot be tried here (a key that reads what the server fills, or the row as a whole) is left to the
 * settling, which refuses as well.
 *
 * @returns the rows by target table
 */
export async function findBrokenKeys(
  client: Client,
  view: SourceView,
  tables: readonly PlannedTable[],
  keys: readonly ServerKey[],
): Promise<Map<string, BadRow[]>> {
  const found = new Map<string, BadRow[]>();
  for (const { table, extent } of tables) {
    for (const key of keys) {
      if (key.table !== table.target.name || key.columns.length === 0 || extent.rows === 0) continue;
      const probed = probedTable(table, key.columns);
      if (probed === undefined) continue;
      const rows = await probeKey(client, view, view.cut([{ table: probed, extent }]), key);
      if (rows.length > 0) found.set(key.table, (found.get(key.table) ?? []).concat(rows));
    }
  }
  return found;
}

/** Rows that cannot go along, and why, by the place of each in the probe table. */
interface Broken {
  readonly reason: string;
  readonly places: readonly number[];
}

async function probeKey(
  client: Client,
  view: SourceView,
  ranges: readonly RowRange[],
  key: ServerKey,
): Promise<BadRow[]> {
  const { table } = ranges[0] as RowRange;
  const ends: number[] = [];
  const broken = await withProbeTable(client, table, async () => {
    for (const range of ranges) {
      const locators = await fillProbeTable(client, view, range);
      ends.push((ends.at(-1) ?? 0) + locators.length);
    }
    return findBroken(client, key, ends.at(-1) ?? 0);
  });
  const rows: BadRow[] = [];
  for (const { reason, places } of broken) {
    const locators = await locate(view, ranges, ends, places);
    const rule = { columns: key.columns, reason };
    for (const row of await describeBroken(view, table, locators, rule)) rows.push(row);
  }
  return rows;
}

async function findBroken(client: Client, key: ServerKey, last: number): Promise<Broken[]> {
  const faults: number[] = [];
  const tried = await attempt(client, async () => {
    await client.query(
      `CREATE TEMP TABLE ${COMPARED} ON COMMIT DROP AS ${comparedOf(key, 0, 0)} WITH NO DATA`,
    );
    await compute(client, key, 1, last, faults);
    if (key.exclusion) await indexCompared(client, key.exclusion);
    const { rows } = await client.query<{ place: string }>(
      key.exclusion ? conflicts(key.exclusion) : duplicates(key),
    );
    return rows.map(({ place }) => Number(place));
  });
  if ('fault' in tried) return [];
  return [
    {
      reason: key.exclusion
        ? `in the way of another row, as ${key.name} forbids`
        : `not unique, as ${key.name} wants it`,
      places: tried.result,
    },
    { reason: `what ${key.name} compares cannot be computed`, places: faults },
  ];
}

/** What the key compares of the rows at these places. OFFSET 0 is a fence: it computes nothing for any other row. */
function comparedOf({ values, predicate }: ServerKey, first: number, last: number): string {
  const compared = values.map((value, i) => `${value} AS v${i}`);
  const placed = `(SELECT * FROM ${PROBE} WHERE ${PLACE} BETWEEN ${first} AND ${last} OFFSET 0) placed`;
  const chosen = `(SELECT * FROM ${placed} WHERE ${predicate ?? 'true'} OFFSET 0) chosen`;
  return `SELECT ${PLACE} AS place, ${compared.join(', ')} FROM ${chosen}`;
}

/** Computes it for the rows at these places; where that fails, for half of them, and so on down to the rows that it is for. */
async function compute(
  client: Client,
  key: ServerKey,
  first: number,
  last: number,
  faults: number[],
): Promise<void> {
  const tried = await attempt(client, () =>
    client.query(`INSERT INTO ${COMPARED} ${comparedOf(key, first, last)}`),
  );
  if (!('fault' in tried)) return;
  if (!isFaultOfARow(tried.fault) || faults.length >= MOST_FAULTS) throw tried.fault;
  if (first === last) {
    faults.push(first);
    return;
  }
  const middle = Math.floor((first + last) / 2);
  await compute(client, key, first, middle, faults);
  await compute(client, key, middle + 1, last, faults);
}

/** Rows of equal values; those that the rules tell already (see plan/relations.ts) are passed over. */
function duplicates({ values, nullsEqual, isPlain }: ServerKey): string {
  const columns = values.map((_, i) => `v${i}`);
  // `IS NULL` asks a composite value for its fields.
  const missing = columns.map((column) => `${column} IS NOT DISTINCT FROM NULL`).join(' OR ');
  const where = nullsEqual ? (isPlain ? `WHERE ${missing}` : '') : `WHERE NOT (${missing})`;
  return `
    SELECT place FROM (
      SELECT place, count(*) OVER (PARTITION BY ${columns.join(', ')}) AS rows FROM ${COMPARED} ${where}) counted
    WHERE rows > 1 ORDER BY place`;
}

type Exclusion = NonNullable<ServerKey['exclusion']>;

/** Every row with every other would be too many pairs: they are looked up, whatever the server thinks of it. */
async function indexCompared(client: Client, { method, operatorClasses }: Exclusion): Promise<void> {
  const indexed = operatorClasses.map((name, i) => `v${i} ${name}`);
  await client.query(`
    CREATE INDEX ON ${COMPARED} USING ${quoteName(method)} (${indexed.join(', ')});
    ANALYZE ${COMPARED};
    SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_mergejoin = off;
    SET LOCAL enable_seqscan = off`);
}

function conflicts({ operators }: Exclusion): string {
  const conditions = operators.map((operator, i) => `a.v${i} ${operator} b.v${i}`);
  return `
    SELECT place FROM ${COMPARED} a
    WHERE EXISTS (SELECT 1 FROM ${COMPARED} b WHERE b.place <> a.place AND ${conditions.join(' AND ')})
    ORDER BY place`;
}

/** The rows at these places. Ranges are read again: the locators of all rows would be too many to keep. */
async function locate(
  view: SourceView,
  ranges: readonly RowRange[],
  ends: readonly number[],
  places: readonly number[],
): Promise<Locator[]> {
  const found: Locator[] = [];
  let next = 0;
  for (const [i, range] of ranges.entries()) {
    const begin = i === 0 ? 0 : (ends[i - 1] as number);
    const end = ends[i] as number;
    if (next === places.length || (places[next] as number) > end) continue;
    const { locators } = await view.runOnce({ kind: 'probe', range });
    while (next < places.length && (places[next] as number) <= end) {
      found.push(locators[(places[next++] as number) - begin - 1] as Locator);
    }
  }
  return found;
}

type Attempt<Result> = { readonly result: Result } | { readonly fault: Error };

/** Tries something of which nothing stays when the server refuses it. A lost connection is no refusal. */
async function attempt<Result>(client: Client, work: () => Promise<Result>): Promise<Attempt<Result>> {
  await client.query('SAVEPOINT vatevo_attempt');
  try {
    const result = await work();
    await client.query('RELEASE SAVEPOINT vatevo_attempt');
    return { result };
  } catch (error) {
    const fault = error as Error;
    if (!isRefusal(fault)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT vatevo_attempt; RELEASE SAVEPOINT vatevo_attempt');
    return { fault };
  }
}

const NOT_FOR_A_STATEMENT = [
  'connection_exception',
  'insufficient_resources',
  'operator_intervention',
  'system_error',
  'internal_error',
] as const;

/** An error with a SQLSTATE after which the session goes on. */
function isRefusal(error: Error): boolean {
  return sqlStateOf(error) !== undefined && !isSqlStateOf(error, ...NOT_FOR_A_STATEMENT);
}
