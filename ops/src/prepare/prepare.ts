import { describeTarget, leave, type PgClient, type PostgresTarget, withHeartbeat } from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import { databaseFailure, findUnfinishedTransfer, isFailbackOpen, openDatabase } from '@vatevo/mover/target';
import { Deadline } from '@vatevo/shell';
import { rememberCluster } from '../distribute/sessions.ts';
import { applyMigrations } from './apply-migrations.ts';
import { checkHealth } from './check-health.ts';
import { takeLock } from './lock.ts';
import { evaluateFitness } from './privileges.ts';
import { ensureRoles } from './set-up-roles.ts';
import { verifySchema } from './verify-schema.ts';

/**
 * Makes a PostgreSQL database ready for this release. Safe to run again, and
 * safe to run twice at once.
 *
 * 1. Connect, waiting for a server that is not up yet; create the database if it is missing.
 * 2. Check the server and the role's rights.
 * 3. Take the lock, so that of two runs one does the work while the other waits for it.
 * 4. Refuse a database with an unfinished transfer.
 * 5. Apply what is pending, unless the history is newer than this release, failed half-way or edited.
 * 6. Set up the role that the API works as, or say what an administrator has to run.
 * 7. Verify: nothing pending, no drift, and the application's own client can work.
 *
 * @param timeoutMs how long to wait for the server, then again for another run, and for a server that falls silent
 */
export async function prepare(target: PostgresTarget, timeoutMs: number, run: Run): Promise<void> {
  const { client, created } = await openDatabase(target, new Deadline(timeoutMs), run);
  // Not another host: that would answer for one that has fallen silent.
  const here = target.with(client.connectedTo);
  try {
    const facts = await withHeartbeat(here, timeoutMs, () => prepareOpened(client, here, timeoutMs, run));
    const { applied, known } = facts;
    const did = created || applied.length > 0 ? 'Ready' : 'Nothing to do';
    const now = applied.length > 0 ? `, ${applied.length} of them applied now` : '';
    const total = `${known} migration${known === 1 ? '' : 's'} in place${now}`;
    run.report.result({ target: describeTarget(target), created, ...facts }, [
      `${did}: ${describeTarget(target)}, ${total}.`,
    ]);
  } catch (error) {
    throw databaseFailure(error, target);
  } finally {
    leave(client);
  }
}

/** What the report says beyond the steps. */
interface Facts {
  readonly role: string;
  readonly serverVersion: string;
  /** Migrations that this run applied. */
  readonly applied: readonly string[];
  /** How many migrations the database has now. */
  readonly known: number;
}

async function prepareOpened(
  client: PgClient,
  target: PostgresTarget,
  timeoutMs: number,
  run: Run,
): Promise<Facts> {
  const { report, signal } = run;
  const standing = await report.step('Check the server and the privileges', async (step) => {
    const { role, serverVersion, refusal, isCluster } = await evaluateFitness(client);
    step.detail(
      `PostgreSQL ${serverVersion}, role "${role}"${isCluster ? ', coordinator of a cluster' : ''}`,
    );
    if (refusal) throw refusal;
    if (isCluster) await rememberCluster(client);
    return { role, serverVersion };
  });
  await report.step('Take the lock', async (step) => {
    const onWait = (holder: string) => report.note(`waiting for another run (${holder})`);
    if (await takeLock(client, new Deadline(timeoutMs), signal, onWait))
      step.detail('after another run ended');
  });
  await report.step('Look for an unfinished transfer', async () => {
    const unfinished = await findUnfinishedTransfer(client, run);
    if (unfinished) throw unfinished;
  });
  signal.throwIfAborted();
  const applied = await applyMigrations(target, run);
  if (applied.length > 0 && (await isFailbackOpen(client))) {
    report.note('failback to SQLite stays open: ops:rollback of this release takes the changes along');
  }
  signal.throwIfAborted();
  await ensureRoles(target, run);
  const after = await report.step('Verify history and schema', () => verifySchema(target));
  await report.step('Check health', async (step) => {
    step.detail(`${Math.round(await checkHealth(target))} ms to connect and answer`);
  });
  return { ...standing, applied, known: after.applied.length };
}
