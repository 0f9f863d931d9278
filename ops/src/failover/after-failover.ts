import {
  connect,
  describeTarget,
  LEDGERS,
  leave,
  type PgClient,
  type PostgresTarget,
  tableExists,
  takeAdvisoryLock,
  withHeartbeat,
} from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import { databaseFailure, refuseTransactionPooler } from '@vatevo/mover/target';
import { CommandError, ExitCode } from '@vatevo/shell';
import { moveSequencesAhead } from './sequences.ts';

/** One run at a time: the ASCII codes of "failov" as a number. */
const LOCK = 112568566574966n;

/** Remembers for which lives of the cluster it was done. */
const MOVED = `${LEDGERS.failover}.sequences_moved`;
const REMEMBER = `
  CREATE SCHEMA IF NOT EXISTS ${LEDGERS.failover};
  CREATE TABLE IF NOT EXISTS ${MOVED} (
    timeline bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), margin bigint NOT NULL)`;

export interface AfterFailoverOptions {
  readonly timeoutMs: number;
  /** How many numbers are left out. */
  readonly margin: number;
  /** Even where it was done for this timeline, or the server was never promoted. */
  readonly again: boolean;
}

/**
 * Makes numbers that the old primary assigned, and the new one knows nothing of, impossible to assign again: moves every
 * sequence ahead. Done once for each timeline, which a promotion begins; safe to run again.
 *
 * @throws CommandError exit code 2 at a transaction pooler, 4 on a standby, 7 while another run is at it
 */
export async function afterFailover(
  target: PostgresTarget,
  { timeoutMs, margin, again }: AfterFailoverOptions,
  run: Run,
): Promise<void> {
  const { report } = run;
  const client = await connect(target, { timeoutMs, applicationName: 'vatevo-ops' });
  try {
    await refuseTransactionPooler(target, client, timeoutMs);
    await refuseStandby(client, target);
    // The new primary may have no standby yet, and COMMIT would wait for one. Another failover is another timeline.
    await client.query("SET synchronous_commit = 'local'");
    const taken = await takeAdvisoryLock(client, LOCK, { waitMs: timeoutMs, signal: run.signal });
    if (taken === 'held') {
      throw new CommandError(
        ExitCode.locked,
        'Another run moves the sequences of this database at this moment.',
        {
          remedy: ['Let it finish, then run this again: it says what was done.'],
        },
      );
    }
    const timeline = await timelineOf(client);
    const done = await doneAt(client, timeline);
    const facts = { target: describeTarget(target), timeline, margin };
    if (!again && (timeline === 1 || done !== undefined)) {
      const why =
        done === undefined
          ? 'the server was never promoted (timeline 1)'
          : `the sequences were moved ahead for timeline ${timeline} at ${done}`;
      report.result({ ...facts, moved: [], why }, [`Nothing to do: ${why}. --again does it all the same.`]);
      return;
    }
    const { moved, left } = await report.step('Move the sequences ahead', async (step) => {
      // To look for the highest id of a large table takes long, and a server that is frozen takes for ever.
      const here = target.with(client.connectedTo);
      const found = await withHeartbeat(here, timeoutMs, () => moveSequencesAhead(client, BigInt(margin)));
      step.detail(`${found.moved.length} of them`);
      return found;
    });
    if (left.length > 0) {
      report.warn(
        `This login may not move ${left.join(', ')}, of other schemas: whoever owns them can (setval).`,
      );
    }
    // Of this server alone, where it is one of a cluster's.
    await client.query("SELECT set_config('citus.enable_ddl_propagation', 'off', false)");
    await client.query(REMEMBER);
    await client.query(
      `INSERT INTO ${MOVED} (timeline, margin) VALUES ($1, $2)
       ON CONFLICT (timeline) DO UPDATE SET at = now(), margin = excluded.margin`,
      [timeline, margin],
    );
    report.result({ ...facts, moved }, [
      `Moved ${moved.length} sequences ahead, on timeline ${timeline}: no id that the old primary assigned will be assigned again, if those were at most ${margin}.`,
      ...moved.map(({ sequence, from, to }) => `  ${sequence}: ${from ?? 'none assigned'} -> ${to}`),
    ]);
  } catch (error) {
    throw databaseFailure(error, target);
  } finally {
    leave(client);
  }
}

async function refuseStandby(client: PgClient, target: PostgresTarget): Promise<void> {
  const { rows } = await client.query<{ standby: boolean; off: boolean }>(
    `SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS off`,
  );
  const [found] = rows;
  if (!found?.standby && !found?.off) return;
  throw new CommandError(
    ExitCode.notReady,
    `The server at ${describeTarget(target)} takes no writes (it ${found.standby ? 'is a standby' : 'is read-only'}), so its sequences cannot be moved.`,
    {
      remedy: [
        'Set POSTGRES_URL to the new primary, or name all hosts with target_session_attrs=read-write.',
      ],
    },
  );
}

/** Each promotion begins a timeline; the name of a file of the log begins with it. */
async function timelineOf(client: PgClient): Promise<number> {
  const { rows } = await client.query<{ file: string }>(
    'SELECT pg_walfile_name(pg_current_wal_lsn()) AS file',
  );
  return Number.parseInt(String(rows[0]?.file).slice(0, 8), 16);
}

async function doneAt(client: PgClient, timeline: number): Promise<string | undefined> {
  if (!(await tableExists(client, MOVED))) return undefined;
  const { rows } = await client.query<{ at: Date }>(`SELECT at FROM ${MOVED} WHERE timeline = $1`, [
    timeline,
  ]);
  return rows[0]?.at.toISOString();
}
