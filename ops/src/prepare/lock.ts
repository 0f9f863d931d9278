import { takeAdvisoryLock } from '@vatevo/connection';
import { CommandError, type Deadline, ExitCode } from '@vatevo/shell';
import type { Client } from 'pg';

/**
 * The advisory lock that one preparation of a database holds: the ASCII codes
 * of "vatevo" as a number. Prisma's migrate command takes 72707369 for itself
 * meanwhile, so this one has to differ.
 */
export const PREPARE_LOCK = 130160936711791n;

/**
 * Takes the lock for as long as the client stays connected.
 *
 * @throws CommandError with exit code 7 when another run holds it until the deadline
 * @returns true when it had to wait, so another run was at work until now
 */
export async function takeLock(
  client: Client,
  deadline: Deadline,
  signal: AbortSignal,
  onWait: (holder: string) => void,
): Promise<boolean> {
  const taken = await takeAdvisoryLock(client, PREPARE_LOCK, {
    waitMs: deadline.remainingMs,
    signal,
    onWait: async () => onWait(await describeHolder(client)),
  });
  if (taken !== 'held') return taken === 'waited';
  const holder = await describeHolder(client);
  throw new CommandError(
    ExitCode.locked,
    `Another run is preparing this database (${holder}) and did not finish within the time-out.`,
    { remedy: ['Let it finish, or wait longer: -t SECONDS.'] },
  );
}

/** Who holds it, for the operator: `vatevo-ops from 10.0.0.7, server process 4711, since 12:00:00Z`. */
async function describeHolder(client: Client): Promise<string> {
  const { rows } = await client.query<{
    pid: number;
    application: string | null;
    address: string | null;
    since: Date | null;
  }>(`
    SELECT l.pid, a.application_name AS application, host(a.client_addr) AS address, a.backend_start AS since
      FROM pg_locks l
      LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory'
       AND l.granted
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (l.classid::bigint << 32) | l.objid::bigint = ${PREPARE_LOCK}
       AND l.objsubid = 1`);
  const holder = rows[0];
  if (!holder) return 'it has just ended';
  const parts = [
    [holder.application, holder.address && `from ${holder.address}`].filter(Boolean).join(' '),
    `server process ${holder.pid}`,
    holder.since && `since ${holder.since.toISOString()}`,
  ];
  return parts.filter(Boolean).join(', ');
}
