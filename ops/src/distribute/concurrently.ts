import { isSqlState, type PgClient, type PostgresTarget } from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import { findDistributed } from '@vatevo/mover/target';
import { CommandError, ExitCode } from '@vatevo/shell';
import { setKeysAside } from './aside.ts';
import { briefly } from './briefly.ts';
import {
  columnsOf,
  differing,
  digestParts,
  digestTables,
  makeDigestFunction,
  type Part,
  type TableDigest,
} from './digest.ts';
import { holdAtSwitch } from './gate.ts';
import { A_PART } from './left-parts.ts';
import type { Layout, SpreadTable } from './tables.ts';

export interface ConcurrentOptions {
  /** How long each short lock on a table may be waited for. */
  readonly timeoutMs: number;
  /** How long writers to a table may wait for its proof. */
  readonly maxWaitMs: number;
  readonly shards: number;
}

/** What was distributed, and for how long its writers had to wait. */
export interface Spread extends TableDigest {
  readonly blockedMs?: number;
}

/**
 * Distributes the tables one after the other while they are read and written. Each goes as a whole or not at all: writers wait for a
 * moment, in which all parts are digested where they are, and the table is distributed when they hold what it held. What an earlier
 * run has done is passed over.
 *
 * @throws CommandError exit code 6 when rows would differ, 7 when locks or the proof took too long
 */
export async function spreadConcurrently(
  client: PgClient,
  target: PostgresTarget,
  layout: Layout,
  { timeoutMs, maxWaitMs, shards }: ConcurrentOptions,
  run: Run,
): Promise<ReadonlyMap<string, Spread>> {
  const { report, signal } = run;
  const short = <T>(work: () => Promise<T>) => briefly(client, timeoutMs, signal, work);
  const isDistributed = async (name: string) =>
    (await findDistributed(client)).some((table) => table.name === name);
  const done = new Map<string, Spread>();

  await report.step('Make ready', async () => {
    await makeDigestFunction(client);
    await short(() => setKeysAside(client, layout.keys));
  });
  for (const name of layout.reference) {
    if (await isDistributed(name)) continue;
    await report.step(`Copy ${name} to every server`, async () => {
      done.set(name, await short(() => spreadWhole(client, name)));
    });
  }
  for (const table of layout.spread) {
    if (await isDistributed(table.name)) continue;
    signal.throwIfAborted();
    await report.step(`Distribute ${table.name} by ${table.by}`, async (step) => {
      await short(() => addToCluster(client, table.name));
      const [first] = layout.spread;
      const like = first && first.name !== table.name ? first.name : undefined;
      const spread = await spreadOne(client, target, table, { like, shards, maxWaitMs }, run);
      step.detail(`${spread.rows} rows equal, writers waited ${seconds(spread.blockedMs ?? 0)}`);
      done.set(table.name, spread);
    });
  }
  return done;
}

/** A table that lies whole on every server; those are small. */
async function spreadWhole(client: PgClient, name: string): Promise<TableDigest> {
  await client.query(`LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE`);
  const before = await digestTables(client, [name]);
  await client.query('SELECT create_reference_table($1)', [name]);
  const after = await digestTables(client, [name]);
  if (differing(before, after).length > 0) throw differs(name);
  return after.get(name) as TableDigest;
}

async function addToCluster(client: PgClient, name: string): Promise<void> {
  const { rows } = await client.query('SELECT FROM pg_dist_partition WHERE logicalrelid = $1::regclass', [
    name,
  ]);
  if (rows.length === 0) await client.query('SELECT citus_add_local_table_to_metadata($1)', [name]);
}

interface How {
  /** The table whose parts it lies with. */
  readonly like: string | undefined;
  readonly shards: number;
  readonly maxWaitMs: number;
}

async function spreadOne(
  client: PgClient,
  target: PostgresTarget,
  { name, by }: SpreadTable,
  { like, shards, maxWaitMs }: How,
  { signal }: Run,
): Promise<Spread> {
  const columns = await columnsOf(client, name);
  const whole = await findWhole(client, name);
  let digest: TableDigest | undefined;
  const prove = async () => {
    signal.throwIfAborted();
    await client.query(`SET statement_timeout = ${maxWaitMs}`);
    try {
      const parts = await findParts(client, whole.shard, name);
      const before = await digestParts(client, [{ table: whole.table, group: 0 }], columns);
      digest = await digestParts(client, parts, columns);
      if (differing(new Map([[name, before]]), new Map([[name, digest]])).length > 0) throw differs(name);
    } catch (error) {
      if (!isSqlState(error, 'query_canceled')) throw error;
      throw new CommandError(
        ExitCode.locked,
        `Writers to ${name} would have waited longer than ${maxWaitMs / 1000} s for its proof, so it was not distributed.`,
        { remedy: ['Run this again when less is done, or with a longer --max-wait.'] },
      );
    } finally {
      await client.query('RESET statement_timeout');
    }
  };
  const { blockedMs } = await holdAtSwitch(
    target,
    client,
    {
      sql: 'SELECT create_distributed_table_concurrently($1, $2, colocate_with => $3, shard_count => $4)',
      values: [name, by, like ?? 'none', like === undefined ? shards : null],
      shard: whole.shard,
    },
    prove,
    signal,
  );
  return { ...(digest as TableDigest), blockedMs };
}

/** In `pg_dist_cleanup`: what is deleted unless what made it succeeds. */
const UNLESS_DONE = 1;

/** SQL: the name of a part, by that of its table in `c` and `n`. */
const PART_OF = (shard: string) => `format('%I.%I', n.nspname, c.relname || '_' || ${shard})`;

/** The one part that a table has before. */
async function findWhole(client: PgClient, name: string): Promise<{ shard: string; table: string }> {
  const { rows } = await client.query<{ shard: string; table: string }>(
    `SELECT s.shardid::text AS shard, ${PART_OF('s.shardid')} AS table
     FROM pg_dist_shard AS s JOIN pg_class AS c ON c.oid = s.logicalrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid = $1::regclass`,
    [name],
  );
  const [whole] = rows;
  if (whole === undefined || rows.length > 1) throw new Error(`${name} is not of one part.`);
  return whole;
}

/**
 * The parts that a table is being cut into, which its servers have, and the catalog has not yet. The cluster notes them before it makes
 * them, so that it can delete them after a failure.
 */
async function findParts(client: PgClient, whole: string, name: string): Promise<Part[]> {
  const { rows } = await client.query<Part>(
    `WITH noted AS (
       SELECT object_name AS table, node_group_id AS "group", operation_id AS operation,
         substring(object_name FROM '_([0-9]+)"?$')::bigint AS shard
       FROM pg_dist_cleanup WHERE object_type = ${A_PART} AND policy_type = ${UNLESS_DONE})
     SELECT noted.table, noted."group" FROM noted JOIN pg_class AS c ON c.oid = $2::regclass
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE noted.shard > $1 AND noted.table = ${PART_OF('noted.shard')}
       AND noted.operation = (SELECT max(operation) FROM noted)`,
    [whole, name],
  );
  return rows;
}

function differs(name: string): CommandError {
  return new CommandError(
    ExitCode.differs,
    `The parts of ${name} do not hold what it held, so it was left as it was.`,
    { remedy: ['Look into the log of every server of the cluster; then run this again.'] },
  );
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
