import { ConnectionError, connect, describeTarget } from '@vatevo/connection';
import { findMissingRoles } from '@vatevo/db/migrations';
import type { Run } from '@vatevo/mover';
import { databaseFailure, findUnfinishedTransfer } from '@vatevo/mover/target';
import { CommandError, ExitCode, unlessAborted } from '@vatevo/shell';
import type { Client } from 'pg';
import { coordinatorOf } from '../distribute/coordinator.ts';
import { evaluateFitness } from '../prepare/privileges.ts';
import type { ChosenTarget } from './choose-target.ts';
import { describeFacts, describeMigrations, describeTrouble } from './describe.ts';
import { inspectServer } from './inspect-server.ts';
import { measureLatency } from './measure-latency.ts';
import { type MigrationState, readMigrationState } from './migration-state.ts';

/**
 * Looks at a database through one connection and tells what it is like.
 * Changes nothing.
 *
 * @throws ConnectionError when there is none
 * @throws CommandError with exit code 4 when this release must not work on the
 *   database: a transfer is unfinished, or the migrations are in trouble
 */
export async function checkConnection(chosen: ChosenTarget, timeoutMs: number, run: Run): Promise<void> {
  const { report, signal } = run;
  const { from } = chosen;
  const target = await unlessAborted(signal, coordinatorOf(chosen.target, timeoutMs));
  report.result({ from, target: describeTarget(target) }, []);
  const client = await report.step('Connect', async (step) => {
    step.detail(describeTarget(target));
    return unlessAborted(signal, open({ target, from }, timeoutMs));
  });
  try {
    const latency = await report.step('Measure the latency', async (step) => {
      const found = await measureLatency(client);
      step.detail(
        `median ${found.medianMs} ms (${found.minMs} to ${found.maxMs}, ${found.samples} round trips)`,
      );
      return found;
    });
    const facts = await report.step('Ask the server', () => inspectServer(client));
    report.table(describeFacts(facts));
    report.result({ latency, ...facts }, []);
    // No failure: the API's own role has no business creating tables.
    const { refusal, clusterRefusal } = await evaluateFitness(client);
    if (clusterRefusal) throw clusterRefusal;
    if (refusal)
      report.warn(`Not enough for ops:prepare-postgres: ${refusal.message} ${refusal.remedy.join(' ')}`);
    const unfinished = await report.step('Look for an unfinished transfer', () =>
      findUnfinishedTransfer(client, run),
    );
    if (unfinished) throw unfinished;
    const migrations = await report.step('Read the migration state', async (step) => {
      const found = await readMigrationState(target);
      step.detail(describeMigrations(found));
      return found;
    });
    report.result({ migrations }, []);
    refuseTrouble(migrations);
    // Before that, they need not be there.
    const statements = migrations.state === 'none' ? [] : await findMissingRoles(client);
    if (statements.length > 0)
      report.warn(
        `Not enough for the API, which works as other roles than this login: ${statements.join(' ')}`,
      );
    report.result({}, ['The connection works.']);
  } catch (error) {
    throw databaseFailure(error, target);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The advice in a ConnectionError speaks of POSTGRES_URL; here the URL may come from elsewhere. */
async function open({ target, from }: ChosenTarget, timeoutMs: number): Promise<Client> {
  try {
    return await connect(target, { timeoutMs, applicationName: 'vatevo-ops' });
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    throw new ConnectionError(error.reason, error.message.replaceAll('POSTGRES_URL', from), { cause: error });
  }
}

/** @throws CommandError with exit code 4 when this release must not work on the database */
export function refuseTrouble({ state, trouble }: MigrationState): void {
  if (state === 'none' || state === 'pending' || state === 'current' || state === 'unreadable') return;
  throw new CommandError(
    ExitCode.notReady,
    `The connection works, but this release must not work on the database: ${describeTrouble(state)}.`,
    { remedy: [...trouble, 'ops:prepare-postgres says what to do about it.'] },
  );
}
