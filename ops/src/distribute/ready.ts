import type { PgClient, PostgresTarget } from '@vatevo/connection';
import { findObstacles } from '@vatevo/db/distribution';
import type { Run } from '@vatevo/mover';
import { findUnfinishedTransfer, isFailbackOpen } from '@vatevo/mover/target';
import { CommandError, ExitCode } from '@vatevo/shell';
import { verifySchema } from '../prepare/verify-schema.ts';
import { type ClusterFacts, findUnready, findUnreadyToCopy } from './cluster.ts';
import { findOldSessions } from './sessions.ts';
import type { ForeignKey, Layout } from './tables.ts';

/** What is known before anything is done. */
export interface Standing {
  readonly layout: Layout;
  /** Names of tables that are distributed already. */
  readonly distributed: ReadonlySet<string>;
  /** Keys that an earlier run has set aside, which has not come to its end. */
  readonly aside: readonly ForeignKey[] | undefined;
  /** Whether there are tables that are not distributed yet. */
  readonly isLeft: boolean;
  readonly concurrently: boolean;
}

/** @throws CommandError exit code 4, with everything that keeps tables from being distributed */
export async function refuseUnready(
  client: PgClient,
  target: PostgresTarget,
  facts: ClusterFacts,
  { layout, distributed, aside, isLeft, concurrently }: Standing,
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
  const isHalfWay = distributed.size > 0 || aside !== undefined;
  if (isHalfWay && isLeft && !concurrently) {
    throw no('A run with --concurrently has not come to its end.', [
      'pnpm ops:distribute --concurrently goes on with it; pnpm ops:distribute --undo takes it back.',
    ]);
  }
  // Half-way the keys that were set aside are missing; what comes out is verified at the end.
  if (aside === undefined) await verifySchema(target);
  const obstacles = await findObstacles(client, layout.tables);
  const names = layout.spread.map(({ name }) => name);
  const unready = [
    ...obstacles.map(({ problem, fix }) => `${problem}. ${fix}`),
    ...(await findUnready(client, facts)),
    ...(concurrently ? await findUnreadyToCopy(client, names) : []),
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
