import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isSqlState, isSqlStateOf } from '@vatevo/connection';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_HEADER, COPY_TRAILER } from '../../column-types/encode/copy-writer.ts';
import type { CheckConstraint, GeneratedColumn, IndexShape, ServerKey } from '../../plan/catalog.ts';
import type { TablePlan } from '../../plan/types.ts';
import { quoteName, quoteQualified } from '../../quote.ts';
import type { Probe, RefusedPlaces } from '../target.ts';
import { attempt } from './attempt.ts';
import { inTrial } from './in-transaction.ts';
import { checkedLater } from './staged-table.ts';

/** A temporary table of columns that a rule of the server reads, so that the server itself can try it. */
export const PROBE = 'vatevo_probe';
/** Its column that counts the rows, from 1. */
const PLACE = 'vatevo_place';
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
/** Rows for which something fails that are looked for. */
const MAX_FAULTS = 1_000;

/** Works with a new probe table, in a transaction that leaves nothing behind. */
export async function withProbeTable<Result>(
  client: Client,
  table: TablePlan,
  work: (probe: Probe) => Promise<Result>,
): Promise<Result> {
  const { columns } = table;
  return inProbe(client, table, async () => {
    await client.query(`ALTER TABLE ${PROBE} ADD ${PLACE} bigint GENERATED ALWAYS AS IDENTITY`);
    return work({
      add: (data) => add(client, columns, data),
      breaking: (check) => breaking(client, check),
      refusedBy: (key, last) => findBroken(client, key, last),
      notComputed: ({ expression }, last) =>
        findFaulty(client, last, (first, to) =>
          client.query(
            `SELECT count(x) FROM (SELECT ${expression} AS x FROM ${placed(first, to)} OFFSET 0) computed`,
          ),
        ),
      computedOtherwise: (column) => computedOtherwise(client, column),
      tooLargeFor: (index, last) =>
        findFaulty(client, last, (first, to) => tryIndex(client, index, first, to)),
    });
  });
}

/** The same with a table as wide as the target's, of which the rows are only stored. */
export async function withPages<Result>(
  client: Client,
  table: TablePlan,
  work: (fit: (data: Uint8Array) => Promise<boolean>) => Promise<Result>,
): Promise<Result> {
  return inProbe(client, table, () =>
    work(async (data) => {
      const tried = await attempt(client, () => add(client, table.columns, data));
      if ('fault' in tried && !isSqlStateOf(tried.fault, 'program_limit_exceeded')) throw tried.fault;
      return !('fault' in tried);
    }),
  );
}

function inProbe<Result>(
  client: Client,
  { columns, target }: TablePlan,
  work: () => Promise<Result>,
): Promise<Result> {
  return inTrial(client, async () => {
    await client.query(
      `CREATE TEMP TABLE ${PROBE} ON COMMIT DROP AS SELECT ${columns.map(checkedLater).join(', ')} FROM ${quoteQualified(target)} WITH NO DATA`,
    );
    return work();
  });
}

async function add(client: Client, columns: TablePlan['columns'], data: Uint8Array): Promise<void> {
  const copy = `COPY ${PROBE} (${namesOf(columns)}) FROM STDIN (FORMAT binary)`;
  await pipeline(Readable.from([COPY_HEADER, data, COPY_TRAILER]), client.query(copyFrom(copy)));
}

function namesOf(columns: TablePlan['columns']): string {
  return columns.map(({ target }) => quoteName(target)).join(', ');
}

/** Rows of which the check is false, and those for which it cannot be computed. */
async function breaking(client: Client, { expression }: CheckConstraint): Promise<number[]> {
  const falsified = async (rows: string) => {
    const found = await client.query<{ place: string }>(
      `SELECT ${PLACE} AS place FROM ${rows} WHERE NOT (${expression}) ORDER BY ${PLACE}`,
    );
    return found.rows.map(({ place }) => Number(place));
  };
  const tried = await attempt(client, () => falsified(PROBE));
  if (!('fault' in tried)) return tried.result;
  if (!isFaultOfARow(tried.fault)) throw tried.fault;
  const { rows } = await client.query<{ last: string }>(`SELECT count(*) AS last FROM ${PROBE}`);
  const faulty = await findFaulty(client, Number(rows[0]?.last), (first, to) => falsified(placed(first, to)));
  const others = `(SELECT * FROM ${PROBE} WHERE ${PLACE} <> ALL ('{${faulty.join(',')}}'::bigint[]) OFFSET 0) others`;
  return [...faulty, ...(await falsified(others))].sort((a, b) => a - b);
}

/** None where the server cannot say: for rows that it cannot compute, and types that it cannot compare. */
async function computedOtherwise(client: Client, { name, expression }: GeneratedColumn): Promise<number[]> {
  const tried = await attempt(client, () =>
    client.query<{ place: string }>(
      `SELECT ${PLACE} AS place FROM ${PROBE} WHERE (${expression}) IS DISTINCT FROM ${quoteName(name)} ORDER BY ${PLACE}`,
    ),
  );
  return 'fault' in tried ? [] : tried.result.rows.map(({ place }) => Number(place));
}

async function findBroken(client: Client, key: ServerKey, last: number): Promise<RefusedPlaces[]> {
  let faults: readonly number[] = [];
  const tried = await attempt(client, async () => {
    await client.query(
      `CREATE TEMP TABLE ${COMPARED} ON COMMIT DROP AS ${comparedOf(key, 0, 0)} WITH NO DATA`,
    );
    faults = await findFaulty(client, last, (first, to) =>
      client.query(`INSERT INTO ${COMPARED} ${comparedOf(key, first, to)}`),
    );
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
  const chosen = `(SELECT * FROM ${placed(first, last)} WHERE ${predicate ?? 'true'} OFFSET 0) chosen`;
  return `SELECT ${PLACE} AS place, ${compared.join(', ')} FROM ${chosen}`;
}

/** The rows at these places. */
function placed(first: number, last: number): string {
  return `(SELECT * FROM ${PROBE} WHERE ${PLACE} BETWEEN ${first} AND ${last} OFFSET 0) placed`;
}

/** Builds the index for the rows at these places, and nothing of it stays. */
async function tryIndex(client: Client, index: IndexShape, first: number, last: number): Promise<void> {
  const { method, values, operatorClasses, predicate } = index;
  const columns = values.map((value, i) => `${value} AS v${i}`).join(', ');
  const keys = operatorClasses.map((name, i) => `v${i} ${name}`).join(', ');
  const included = values.slice(operatorClasses.length).map((_, i) => `v${operatorClasses.length + i}`);
  await client.query(`
    CREATE TEMP TABLE ${COMPARED} ON COMMIT DROP AS SELECT ${columns} FROM ${placed(first, last)} WHERE ${predicate ?? 'true'};
    CREATE INDEX ON ${COMPARED} USING ${quoteName(method)} (${keys})${included.length > 0 ? ` INCLUDE (${included.join(', ')})` : ''};
    DROP TABLE ${COMPARED}`);
}

/** The rows for which something fails: where it does for many, it is tried for half of them, and so on. */
async function findFaulty(
  client: Client,
  last: number,
  work: (first: number, last: number) => Promise<unknown>,
): Promise<number[]> {
  const faulty: number[] = [];
  const search = async (first: number, to: number): Promise<void> => {
    const tried = await attempt(client, () => work(first, to));
    if (!('fault' in tried)) return;
    if (!isFaultOfARow(tried.fault) || faulty.length >= MAX_FAULTS) throw tried.fault;
    if (first === to) {
      faulty.push(first);
      return;
    }
    const middle = Math.floor((first + to) / 2);
    await search(first, middle);
    await search(middle + 1, to);
  };
  if (last > 0) await search(1, last);
  return faulty;
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
