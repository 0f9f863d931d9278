import {
  connect,
  describeTarget,
  isCluster,
  isSqlState,
  leave,
  type PgClient,
  type PostgresTarget,
} from '@vatevo/connection';
import { APP_ROLE, findObstacles, TENANT_SETTING } from '@vatevo/db/distribution';
import type { Run } from '@vatevo/mover';
import {
  databaseFailure,
  findDistributed,
  findUnfinishedTransfer,
  isFailbackOpen,
  refuseTransactionPooler,
} from '@vatevo/mover/target';
import { CommandError, Deadline, ExitCode, formatCount } from '@vatevo/shell';
import { takeLock } from '../prepare/lock.ts';
import { ensureRoles } from '../prepare/set-up-roles.ts';
import { verifySchema } from '../prepare/verify-schema.ts';
import { type ClusterFacts, findUnready, readCluster, refuseCluster } from './cluster.ts';
import { differing, digestTables, type TableDigest } from './digest.ts';
import { describePlaces, readPlaces } from './places.ts';
import { findOldSessions } from './sessions.ts';
import { type Layout, readLayout } from './tables.ts';

export interface DistributeOptions {
  readonly what: 'distribute' | 'status' | 'undo';
  /** How long to wait for the server, another run, and locks on the tables. */
  readonly timeoutMs: number;
  /** Into how many parts each table is cut. */
  readonly shards: number;
}

/**
 * Spreads the tables of a cluster's database over its workers by their tenant, or brings them together again, in one
 * transaction that is committed only when all rows are what they were.
 *
 * @throws CommandError exit code 4 where that cannot be, 6 when rows would differ, 7 while another run or a long
 *   transaction holds the tables
 */
export async function distribute(
  target: PostgresTarget,
  options: DistributeOptions,
  run: Run,
): Promise<void> {
  const client = await connect(target, { timeoutMs: options.timeoutMs, applicationName: 'vatevo-ops' });
  try {
    await refuseTransactionPooler(target, client, options.timeoutMs);
    if (!(await isCluster(client))) throw noCluster(target);
    const facts = await readCluster(client);
    const refusal = refuseCluster(facts);
    if (refusal) throw refusal;
    if (options.what === 'status') return await showStatus(client, target, facts, run);
    await takeLock(client, new Deadline(options.timeoutMs), run.signal, (holder) =>
      run.report.note(`waiting for another run (${holder})`),
    );
    const done = await (options.what === 'undo'
      ? undo(client, target, options, run)
      : spread(client, target, facts, options, run));
    const rows = [...done.values()].reduce((sum, table) => sum + Number(table.rows), 0);
    const said = options.what === 'undo' ? 'Brought together' : 'Distributed';
    run.report.result({ target: describeTarget(target), tables: Object.fromEntries(done), rows }, [
      done.size === 0
        ? 'Nothing to do.'
        : `${said}: ${done.size} tables with ${formatCount(rows)} rows, each compared before and after.`,
    ]);
  } catch (error) {
    throw databaseFailure(error, target);
  } finally {
    leave(client);
  }
}

function noCluster(target: PostgresTarget): CommandError {
  return new CommandError(
    ExitCode.notReady,
    `${describeTarget(target)} is no cluster: the database has no extension citus.`,
    {
      remedy: [
        'Set POSTGRES_URL to the coordinator of a cluster, with CREATE EXTENSION citus in this database on every server of it.',
        'On a single PostgreSQL the tables stay as they are; nothing has to be distributed.',
      ],
    },
  );
}

async function showStatus(client: PgClient, target: PostgresTarget, facts: ClusterFacts, run: Run) {
  const places = await readPlaces(client);
  run.report.result({ target: describeTarget(target), ...facts, tables: places }, [
    `Citus ${facts.citus}, ${facts.workers} worker${facts.workers === 1 ? '' : 's'}.`,
    ...(places.length === 0 ? ['No table is distributed.'] : describePlaces(places)),
  ]);
}

type Done = ReadonlyMap<string, TableDigest>;

async function spread(
  client: PgClient,
  target: PostgresTarget,
  facts: ClusterFacts,
  { timeoutMs, shards }: DistributeOptions,
  run: Run,
): Promise<Done> {
  const { report } = run;
  const layout = await readLayout(client);
  const all = [...layout.reference, ...layout.spread.map(({ name }) => name)];
  const distributed = new Set((await findDistributed(client)).map(({ name }) => name));
  if (all.every((name) => distributed.has(name))) return new Map();
  await report.step('Check whether all is ready', () =>
    refuseUnready(client, target, facts, layout, distributed, run),
  );
  const done = await report.step('Distribute the tables', (step) =>
    inTransaction(client, all, timeoutMs, async () => {
      for (const { table, name } of layout.keys)
        await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
      for (const name of layout.reference) await client.query('SELECT create_reference_table($1)', [name]);
      const [first] = layout.spread;
      for (const { name, by } of layout.spread) {
        const how = name === first?.name ? ['none', shards] : [first?.name, null];
        await client.query(
          'SELECT create_distributed_table($1, $2, colocate_with => $3, shard_count => $4)',
          [name, by, ...how],
        );
        report.note(`${name} by ${by}`);
      }
      for (const { table, name, definition } of layout.keys) {
        await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
      }
      step.detail(`${facts.workers} workers, ${shards} parts each`);
    }),
  );
  // The rows that are on the workers now are on the coordinator's disk as well.
  await report.step('Free the room of what was moved', async () => {
    await client.query(
      'SELECT truncate_local_data_after_distributing_table(name::regclass) FROM unnest($1::text[]) AS name',
      [all],
    );
  });
  await finish(client, target, layout, run);
  return done;
}

interface Owned {
  readonly sequence: string;
  readonly column: string;
}

/** Which sequences go with which columns: Citus makes tables anew, and forgets some of that. */
const OWNED = `
  SELECT s.oid::regclass::text AS sequence, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS column
  FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_class AS c ON c.oid = d.refobjid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'
    AND d.refobjid = ANY ($1::text[]::regclass[])`;

async function undo(
  client: PgClient,
  target: PostgresTarget,
  { timeoutMs }: DistributeOptions,
  run: Run,
): Promise<Done> {
  const distributed = (await findDistributed(client)).map(({ name }) => name);
  if (distributed.length === 0) return new Map();
  const done = await run.report.step('Bring the tables together', () =>
    inTransaction(client, distributed, timeoutMs, async () => {
      const { rows: owned } = await client.query<Owned>(OWNED, [distributed]);
      // Those that keys connect go together; what that has done already is passed over.
      for (const name of distributed) {
        if (!(await findDistributed(client)).some((table) => table.name === name)) continue;
        await client.query('SELECT undistribute_table($1, cascade_via_foreign_keys => true)', [name]);
      }
      // The workers keep none of it.
      await client.query("SELECT set_config('citus.enable_ddl_propagation', 'off', true)");
      for (const { sequence, column } of owned)
        await client.query(`ALTER SEQUENCE ${sequence} OWNED BY ${column}`);
    }),
  );
  await finish(client, target, undefined, run);
  return done;
}

/** Does `work` while nobody writes, and commits it when the tables hold what they did before. */
async function inTransaction(
  client: PgClient,
  tables: readonly string[],
  timeoutMs: number,
  work: () => Promise<void>,
): Promise<Done> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${timeoutMs}`);
    await client.query("SET LOCAL citus.multi_shard_modify_mode = 'sequential'");
    await client.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`);
    const before = await digestTables(client, tables);
    await work();
    const after = await digestTables(client, tables);
    const wrong = differing(before, after);
    if (wrong.length > 0) {
      throw new CommandError(
        ExitCode.differs,
        `The rows of ${wrong.join(', ')} are not what they were, so nothing was changed.`,
        { remedy: ['Look into the log of every server of the cluster; then run this again.'] },
      );
    }
    await client.query('COMMIT');
    return after;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (!isSqlState(error, 'lock_not_available')) throw error;
    throw new CommandError(ExitCode.locked, `The tables could not be locked: ${(error as Error).message}.`, {
      remedy: ['Stop what uses them, see pg_stat_activity for long transactions, and run this again.'],
    });
  }
}

async function refuseUnready(
  client: PgClient,
  target: PostgresTarget,
  facts: ClusterFacts,
  layout: Layout,
  distributed: ReadonlySet<string>,
  run: Run,
): Promise<void> {
  const unfinished = await findUnfinishedTransfer(client, run);
  if (unfinished) throw unfinished;
  if (await isFailbackOpen(client)) {
    throw no(
      'What is written here is recorded for a failback to SQLite, by triggers, which distributed tables cannot have.',
      ['End the time in which going back is possible: pnpm ops:cutover close --source FILE.'],
    );
  }
  await verifySchema(target);
  const obstacles = await findObstacles(client, layout.tables);
  const unready = [
    ...[...distributed].map((name) => `${name} is distributed already: bring it back first (--undo)`),
    ...obstacles.map(({ problem, fix }) => `${problem}. ${fix}`),
    ...(await findUnready(client, facts)),
  ];
  if (unready.length > 0) throw no('The tables cannot be distributed yet.', unready);
  const old = await findOldSessions(client);
  if (old.length > 0) {
    throw no(
      `Sessions were opened before this database was known to be a cluster's, and would find no rows of any tenant: ${old.join(', ')}.`,
      ['Restart what they belong to, then run this again.'],
    );
  }
}

const no = (message: string, remedy: readonly string[]) =>
  new CommandError(ExitCode.notReady, message, { remedy });

/** What is made anew has its rights and is what the migrations make; and a tenant sees what is its own. */
async function finish(
  client: PgClient,
  target: PostgresTarget,
  layout: Layout | undefined,
  run: Run,
): Promise<void> {
  await ensureRoles(target, run);
  await run.report.step('Verify the schema', () => verifySchema(target));
  if (layout === undefined) return;
  await run.report.step('Ask as a tenant', async () => {
    for (const { name, by } of layout.spread) {
      const { rows } = await client.query<{ tenant: string; n: string }>(
        `SELECT ${by}::text AS tenant, count(*)::text AS n FROM ${name} GROUP BY ${by} ORDER BY ${by} LIMIT 1`,
      );
      const [one] = rows;
      if (one === undefined) continue;
      await client.query('BEGIN');
      await client.query(`SET LOCAL ${TENANT_SETTING} = '${one.tenant}'`);
      await client.query(`SET LOCAL ROLE ${APP_ROLE}`);
      const seen = await client.query<{ n: string }>(`SELECT count(*)::text AS n FROM ${name}`);
      await client.query('ROLLBACK');
      if (seen.rows[0]?.n === one.n) continue;
      throw new CommandError(
        ExitCode.differs,
        `Tenant ${one.tenant} has ${one.n} rows of ${name}, and sees ${seen.rows[0]?.n} of them.`,
        { remedy: ['Bring the tables together again (--undo), and look into the log of the workers.'] },
      );
    }
  });
}
