import type { Client } from 'pg';
import type { TablePlan, TransferPlan } from '../plan/types.ts';
import { LEDGER_SCHEMA, ledgerExists } from '../postgres/ledger.ts';
import { type SequenceBehind, sequencesBehind } from '../postgres/sequences.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import { quoteQualified } from '../quote.ts';
import type { ReaderPool } from '../readers/pool.ts';
import type { DigestResult } from '../readers/protocol.ts';
import { type Difference, findDifferences } from '../verify/differences.ts';
import { digestTarget, type TableDigest } from './digest-target.ts';
import { cutRanges, type PlannedTable } from './ranges.ts';

export interface VerifiedTable {
  readonly source: string;
  readonly target: string;
  readonly sourceRows: number;
  readonly targetRows: number;
  /** Hex digests over all rows: equal exactly when the verdict is. */
  readonly sourceDigest: string;
  readonly targetDigest: string;
  readonly equal: boolean;
}

export interface Verification {
  readonly equal: boolean;
  readonly tables: readonly VerifiedTable[];
  /** Values compared: rows times columns. */
  readonly values: number;
  /** Rows and values that differ, as many as `MOST_DIFFERENCES` a table. */
  readonly differences: readonly Difference[];
  readonly sequencesBehind: readonly SequenceBehind[];
  /** Constraints and indexes that are not valid, or were put aside and not restored. */
  readonly unfit: readonly string[];
}

export interface VerifyOptions {
  readonly pool: ReaderPool;
  /** The target is digested over all of them; nothing else may go on there. */
  readonly clients: readonly [Client, ...Client[]];
  readonly plan: TransferPlan;
  readonly tables: readonly PlannedTable[];
  readonly givenOut: ReadonlyMap<string, bigint>;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Proves the target equal to the source, value by value.
 *
 * Both sides digest every row over all of its values, each on its own: the source from its raw storage, the
 * target from what the server prints. The digests of a table are summed, which does not depend on order.
 * Where the sums differ, the rows and then the values are looked for.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { pool, clients, plan, tables, givenOut } = options;
  const [client] = clients;
  const total = tables.reduce((sum, { extent }) => sum + extent.rows, 0);
  const meter = new ProgressMeter('verify', total, options.onProgress);
  // Each side is half of the way.
  const half = (rows: number) => meter.add(rows / 2, 0);
  const [source, target] = await Promise.all([
    digestSource(pool, tables, half),
    digestTarget(clients, plan, half),
  ]);
  const verified = plan.tables.map((table) => judge(table, digestOf(source, table), digestOf(target, table)));
  const differing = tables.filter((_, i) => !verified[i]?.equal);
  const differences: Difference[] = [];
  for (const table of differing) differences.push(...(await findDifferences(pool, client, table)));
  const behind = await sequencesBehind(client, plan, givenOut);
  const unfit = await findUnfit(client, plan);
  return {
    equal: differing.length === 0 && behind.length === 0 && unfit.length === 0,
    tables: verified,
    values: verified.reduce(
      (sum, { sourceRows }, i) => sum + sourceRows * (plan.tables[i]?.columns.length ?? 0),
      0,
    ),
    differences,
    sequencesBehind: behind,
    unfit,
  };
}

async function digestSource(
  pool: ReaderPool,
  tables: readonly PlannedTable[],
  onRows: (rows: number) => void,
): Promise<Map<string, TableDigest>> {
  const digests = new Map<string, TableDigest>();
  await pool.runAll(cutRanges(tables), async (range, reader) => {
    const part: DigestResult = await reader.run({ kind: 'digest', range });
    onRows(part.rows);
    const { name } = range.table.target;
    const sum = digests.get(name) ?? { rows: 0n, high: 0n, low: 0n };
    digests.set(name, {
      rows: sum.rows + BigInt(part.rows),
      high: BigInt.asUintN(64, sum.high + part.sums[0]),
      low: BigInt.asUintN(64, sum.low + part.sums[1]),
    });
  });
  return digests;
}

function digestOf(digests: ReadonlyMap<string, TableDigest>, table: TablePlan): TableDigest {
  return digests.get(table.target.name) ?? { rows: 0n, high: 0n, low: 0n };
}

function judge(table: TablePlan, source: TableDigest, target: TableDigest): VerifiedTable {
  const sourceDigest = printDigest(source);
  const targetDigest = printDigest(target);
  return {
    source: table.source,
    target: table.target.name,
    sourceRows: Number(source.rows),
    targetRows: Number(target.rows),
    sourceDigest,
    targetDigest,
    equal: source.rows === target.rows && source.high === target.high && source.low === target.low,
  };
}

function printDigest({ high, low }: TableDigest): string {
  const half = (sum: bigint) => sum.toString(16).padStart(16, '0');
  return half(high) + half(low);
}

const UNFIT = `
  SELECT format('constraint %s on %s is not validated', k.conname, k.conrelid::regclass) AS what
  FROM pg_constraint k WHERE k.conrelid = ANY ($1::regclass[]) AND NOT k.convalidated
  UNION ALL
  SELECT format('index %s on %s is not valid', x.indexrelid::regclass, x.indrelid::regclass)
  FROM pg_index x WHERE x.indrelid = ANY ($1::regclass[]) AND NOT (x.indisvalid AND x.indisready)
  ORDER BY 1`;

/** The put-aside list must not only be ticked off: each of its names must be there. */
const MISSING = `
  SELECT format('%s on %s is missing', p.name, p.table_name) AS what
  FROM ${LEDGER_SCHEMA}.put_aside p
  WHERE p.run_id = (SELECT max(id) FROM ${LEDGER_SCHEMA}.run)
    AND NOT EXISTS (SELECT FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
                    WHERE k.conname = p.name AND c.relname = p.table_name)
    AND NOT EXISTS (SELECT FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
                    WHERE i.relname = p.name AND c.relname = p.table_name)
  ORDER BY 1`;

async function findUnfit(client: Client, plan: TransferPlan): Promise<string[]> {
  const names = plan.tables.map(({ target }) => quoteQualified(target));
  const invalid = await client.query<{ what: string }>(UNFIT, [names]);
  const missing = (await ledgerExists(client)) ? await client.query<{ what: string }>(MISSING) : { rows: [] };
  return [...invalid.rows, ...missing.rows].map((row) => row.what);
}
