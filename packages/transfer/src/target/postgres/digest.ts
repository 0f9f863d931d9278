import type { Client } from 'pg';
import { ProgrammingError } from '../../errors.ts';
import type { TablePlan, TransferPlan } from '../../plan/types.ts';
import { quoteQualified } from '../../quote.ts';
import type { TableDigest } from '../target.ts';
import { digestQuery } from './digest-sql.ts';

/** Pages of a table that one query digests: 32 MB of 8 KB each, so that connections finish together. */
const PAGES_A_QUERY = 4_096;

/**
 * Digests every table by the server, over several connections that see one and the same snapshot.
 *
 * @param onRows told how many rows of the target, and bytes of their texts, were digested since the last call
 */
export async function digestTarget(
  clients: readonly Client[],
  plan: TransferPlan,
  onRows: (rows: number, bytes: number) => void,
): Promise<Map<string, TableDigest>> {
  const digests = new Map<string, TableDigest>();
  await shareSnapshot(clients);
  try {
    const [first] = clients as [Client];
    const parts = await cutTables(first, plan);
    const castsBytes = await castsBytesToNumbers(first);
    await Promise.all(
      clients.map(async (client) => {
        for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
          const { rows } = await client.query<Record<keyof TableDigest | 'bytes', string>>(
            digestQuery(part.table, { ...part, castsBytes }),
          );
          const [found] = rows;
          if (found === undefined) throw new ProgrammingError(`${part.table.target.name}: no digest`);
          onRows(Number(found.rows), Number(found.bytes));
          add(digests, part.table, found);
        }
      }),
    );
  } finally {
    // Nothing was changed, and a connection may be gone with its transaction.
    await Promise.allSettled(clients.map((client) => client.query('ROLLBACK')));
  }
  return digests;
}

async function castsBytesToNumbers(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ casts: boolean }>(
    `SELECT current_setting('server_version_num')::int >= 180000 AS casts`,
  );
  return rows[0]?.casts ?? false;
}

async function shareSnapshot(clients: readonly Client[]): Promise<void> {
  const [first, ...others] = clients;
  // Compiling an expression of hundreds of calls takes longer than a part of a table.
  const begin = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL jit = off';
  await first?.query(begin);
  if (others.length === 0) return;
  const exported = await first?.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot');
  const snapshot = exported?.rows[0]?.snapshot ?? '';
  for (const client of others) await client.query(`${begin}; SET TRANSACTION SNAPSHOT '${snapshot}'`);
}

interface Part {
  readonly table: TablePlan;
  /** Where its rows lie, qualified and quoted: the table, or one of its partitions. */
  readonly from: string;
  readonly pages?: readonly [number, number];
}

/** A partitioned table is empty itself: its rows lie in the partitions at the ends of its tree. */
const RELATIONS = `
  SELECT format('%I.%I', n.nspname, c.relname) AS from,
         (pg_relation_size(c.oid) / current_setting('block_size')::int)::int AS pages
  FROM (SELECT coalesce(t.relid, $1::regclass) AS oid
        FROM (SELECT) AS one LEFT JOIN pg_partition_tree($1::regclass) AS t ON t.isleaf) AS held
  JOIN pg_class AS c ON c.oid = held.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace ORDER BY 1`;

/** The last part of each has no end: it takes in what was added meanwhile. */
async function cutTables(client: Client, plan: TransferPlan): Promise<Part[]> {
  const parts: Part[] = [];
  for (const table of plan.tables) {
    const { rows } = await client.query<{ from: string; pages: number }>(RELATIONS, [
      quoteQualified(table.target),
    ]);
    for (const { from, pages } of rows) {
      if (pages <= PAGES_A_QUERY) {
        parts.push({ table, from });
        continue;
      }
      for (let first = 0; first < pages; first += PAGES_A_QUERY) {
        const last = first + PAGES_A_QUERY >= pages;
        parts.push({ table, from, pages: [first, last ? LAST_PAGE : first + PAGES_A_QUERY] });
      }
    }
  }
  return parts;
}

/** The highest block number that a row can have (2^32 − 2). */
const LAST_PAGE = 4_294_967_294;

function add(
  digests: Map<string, TableDigest>,
  table: TablePlan,
  part: Record<keyof TableDigest, string>,
): void {
  const sum = digests.get(table.target.name) ?? { rows: 0n, high: 0n, low: 0n };
  digests.set(table.target.name, {
    rows: sum.rows + BigInt(part.rows),
    high: BigInt.asUintN(64, sum.high + BigInt(part.high)),
    low: BigInt.asUintN(64, sum.low + BigInt(part.low)),
  });
}
