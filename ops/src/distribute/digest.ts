import type { Client } from 'pg';

/** What a table holds, whatever servers its rows are on. */
export interface TableDigest {
  readonly rows: string;
  /** Sums of two 64-bit hashes of each row, all of its columns printed. */
  readonly sums: string;
}

/** How values are printed; told to the workers, each in a message of its own. */
const PRINTED = [
  "SET LOCAL TimeZone = 'UTC'",
  "SET LOCAL DateStyle = 'ISO, YMD'",
  "SET LOCAL IntervalStyle = 'postgres'",
  'SET LOCAL extra_float_digits = 3',
  "SET LOCAL bytea_output = 'hex'",
];

/**
 * Digests tables in the transaction that the client is in. Every shard sums up its own rows, so that none of them is sent
 * anywhere.
 */
export async function digestTables(
  client: Client,
  tables: readonly string[],
): Promise<ReadonlyMap<string, TableDigest>> {
  for (const setting of PRINTED) await client.query(setting);
  const digests = new Map<string, TableDigest>();
  for (const table of tables) {
    const { rows: columns } = await client.query<{ list: string }>(
      `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname) AS list FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
      [table],
    );
    const row = `ROW(${columns[0]?.list})::text`;
    const { rows } = await client.query<TableDigest>(
      `SELECT count(*)::text AS rows, concat(sum(hashtextextended(${row}, 0)), ' ', sum(hashtextextended(${row}, 1))) AS sums
       FROM ${table}`,
    );
    digests.set(table, rows[0] as TableDigest);
  }
  return digests;
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
