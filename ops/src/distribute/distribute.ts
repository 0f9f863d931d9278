import {
  connect,
  describeTarget,
  isCluster,
  isOtherServerAway,
  leave,
  type PgClient,
  type PostgresTarget,
} from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import { databaseFailure, refuseTransactionPooler } from '@vatevo/mover/target';
import { CommandError, Deadline, ExitCode, formatCount } from '@vatevo/shell';
import { takeLock } from '../prepare/lock.ts';
import { findKeysAside } from './aside.ts';
import { type ClusterFacts, readCluster, refuseCluster } from './cluster.ts';
import { coordinatorOf } from './coordinator.ts';
import { endLeftGates } from './gate.ts';
import type { DistributeOptions } from './options.ts';
import { describePlaces, readPlaces } from './places.ts';
import { spread } from './spread.ts';
import { namesOf, readLayout } from './tables.ts';
import { undo } from './undo.ts';

/**
 * Spreads the tables of a cluster's database over its workers by their tenant, or brings them together again, in one
 * transaction that is committed only when all rows are what they were. Concurrently it is one such step for each table.
 *
 * @throws CommandError exit code 4 where that cannot be, 6 when rows would differ, 7 while another run or a long
 *   transaction holds the tables
 */
export async function distribute(
  configured: PostgresTarget,
  options: DistributeOptions,
  run: Run,
): Promise<void> {
  const target = await coordinatorOf(configured, options.timeoutMs);
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
    await endLeftGates(client);
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
    throw serverAway(error, options) ?? databaseFailure(error, target);
  } finally {
    leave(client);
  }
}

/** A coordinator that cannot ask a worker says so with the codes of a lost connection, and is there. */
function serverAway(error: unknown, { what }: DistributeOptions): CommandError | undefined {
  if (!isOtherServerAway(error)) return undefined;
  const again = `pnpm ops:distribute${what === 'distribute' ? '' : ` --${what}`}`;
  return new CommandError(
    ExitCode.cannotConnect,
    `A server of the cluster cannot be reached from the coordinator: ${error.message.replaceAll(/\s+/g, ' ')}. What was under way was rolled back.`,
    {
      remedy: [
        `Start it, then: ${again}.`,
        ...(what === 'concurrently'
          ? ['It goes on with the tables that are left; pnpm ops:distribute --undo takes all of it back.']
          : []),
      ],
    },
  );
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
  const keysAside = await findKeysAside(client);
  const there = new Set(places.map(({ name }) => name));
  const isLeft = namesOf(await readLayout(client)).some((name) => !there.has(name));
  const goesOn = isLeft ? 'pnpm ops:distribute --concurrently' : 'pnpm ops:distribute';
  run.report.result(
    { target: describeTarget(target), ...facts, tables: places, keysAside: keysAside ?? null },
    [
      `Citus ${facts.citus}, ${facts.workers} worker${facts.workers === 1 ? '' : 's'}.`,
      ...(places.length === 0 ? ['No table is distributed.'] : describePlaces(places)),
      ...(keysAside === undefined
        ? []
        : [
            'A run has not come to its end.',
            `${goesOn} goes on with it; pnpm ops:distribute --undo takes it back.`,
          ]),
    ],
  );
}
