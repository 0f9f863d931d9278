import type { Client } from 'pg';
import { askNodes, type NodeAnswer } from './cluster.ts';
import { SCHEMA } from './sessions.ts';

/** What a table holds, whatever servers its rows are on. */
export interface TableDigest {
  readonly rows: string;
  /** Sums of two 64-bit hashes of each row, all of its columns printed. */
  readonly sums: string;
}

/** How values are printed; told to the workers, each in a message of its own. */
const PRINTED = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
};

/**
 * Digests tables in the transaction that the client is in. Every shard sums up its own rows, so that none of them is sent
 * anywhere.
 */
export async function digestTables(
  client: Client,
  tables: readonly string[],
): Promise<ReadonlyMap<string, TableDigest>> {
  for (const [name, value] of Object.entries(PRINTED)) await client.query(`SET LOCAL ${name} = '${value}'`);
  const digests = new Map<string, TableDigest>();
  for (const table of tables) {
    const { rows } = await client.query<TableDigest>(digestSql(table, await columnsOf(client, table)));
    digests.set(table, rows[0] as TableDigest);
  }
  return digests;
}

/** All columns of a table, quoted, in one order on every server. */
export async function columnsOf(client: Client, table: string): Promise<string> {
  const { rows } = await client.query<{ list: string }>(
    `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname) AS list FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  return rows[0]?.list ?? '';
}

function digestSql(table: string, columns: string): string {
  const row = `ROW(${columns})::text`;
  return `SELECT count(*)::text AS rows, concat(sum(hashtextextended(${row}, 0)), ' ', sum(hashtextextended(${row}, 1))) AS sums
    FROM ${table}`;
}

/** Makes the function that {@link digestParts} calls, on the coordinator, which tells its workers of it. */
export async function makeDigestFunction(client: Client): Promise<void> {
  const settings = Object.entries(PRINTED).map(([name, value]) => `SET ${name} = '${value}'`);
  const make = `CREATE OR REPLACE FUNCTION ${SCHEMA}.digest(part text, columns text) RETURNS text LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp ${settings.join(' ')} AS $make$
    DECLARE found text;
    BEGIN
      EXECUTE format('SELECT concat_ws('' '', count(*), coalesce(sum(hashtextextended(ROW(%2$s)::text, 0)), 0),
        coalesce(sum(hashtextextended(ROW(%2$s)::text, 1)), 0)) FROM %1$s', part, columns) INTO found;
      RETURN found;
    END $make$`;
  await client.query(make);
  const nodes = await askNodes(client, `SELECT to_regprocedure('${SCHEMA}.digest(text,text)') IS NOT NULL`);
  const without = nodes.find(({ result }) => result !== 't');
  if (without) throw new Error(`${without.node} did not take over a function of the coordinator.`);
}

/** A part of a table, by the name that it has on its server. */
export interface Part {
  readonly table: string;
  /** The group of the server that has it. */
  readonly group: number;
}

/**
 * Digests parts of one table where they are, all servers at the same time.
 *
 * @param columns as {@link columnsOf} gives them
 */
export async function digestParts(
  client: Client,
  parts: readonly Part[],
  columns: string,
): Promise<TableDigest> {
  const { rows } = await client.query<NodeAnswer>(
    `WITH part AS (
       SELECT n.nodename, n.nodeport, format('SELECT ${SCHEMA}.digest(%L, %L)', p.name, $3::text) AS command
       FROM unnest($1::text[], $2::int[]) AS p (name, "group")
       JOIN pg_dist_node AS n ON n.groupid = p."group" AND n.noderole = 'primary'),
     asked AS (
       SELECT array_agg(nodename ORDER BY command) AS names, array_agg(nodeport ORDER BY command) AS ports,
         array_agg(command ORDER BY command) AS commands FROM part)
     SELECT r.node_name || ':' || r.node_port AS node, r.success, r.result
     FROM asked, master_run_on_worker(asked.names, asked.ports, asked.commands, true) AS r`,
    [parts.map(({ table }) => table), parts.map(({ group }) => group), columns],
  );
  const failed = rows.find(({ success }) => !success);
  if (failed) throw new Error(`${failed.node} did not digest its rows: ${failed.result}`);
  if (rows.length !== parts.length) throw new Error('A server of the cluster was not asked for its rows.');
  const sums = [0n, 0n, 0n];
  for (const { result } of rows) {
    for (const [index, number] of result.split(' ').entries())
      sums[index] = (sums[index] ?? 0n) + BigInt(number);
  }
  const [count, ...hashes] = sums;
  return { rows: String(count), sums: hashes.join(' ') };
}

/** Tables whose digests differ. */
export function differing(
  before: ReadonlyMap<string, TableDigest>,
  after: ReadonlyMap<string, TableDigest>,
): string[] {
  return [...before].flatMap(([table, { rows, sums }]) => {
    const other = after.get(table);
    return other?.rows === rows && other.sums === sums ? [] : [table];
  });
}
