import { describeTarget } from '@vatevo/connection';
import { abort, close, finish, start, status } from '@vatevo/cutover';
import type { Command } from 'commander';
import { type CutoverOptions, withMoveOptions, withoutServer } from '../cutover/context.ts';
import { type HandOverReport, writeHandOverReport } from '../cutover/report-file.ts';
import { showCopiedAnew, showing, showStatus } from '../cutover/show.ts';
import { formatCount } from '../report/progress.ts';
import type { Shell } from '../shell.ts';
import { showBookkeeping } from '../transfer/show.ts';
import {
  freeSpaceOption,
  jsonOption,
  leaveBehindOption,
  notBackOption,
  notOursOption,
  reportOption,
  sourceOption,
  timesOption,
  zoneOption,
} from './options.ts';

interface FinishOptions extends CutoverOptions {
  readonly report: string;
}

interface AbortOptions extends CutoverOptions {
  readonly postgresIsLost?: boolean;
}

/** `cutover start | status | finish | abort | close`: the move of a database that goes on being written to. */
export function register(program: Command, shell: Shell): void {
  const cutover = program
    .command('cutover')
    .description('Moves a SQLite database into PostgreSQL while it is written to, and hands over.');

  cutover
    .command('start')
    .description(
      'Captures changes, copies all rows, follows and proves; writers go on. Carries an earlier start on.',
    )
    .addOption(sourceOption('it is written to: triggers that log changes'))
    .addOption(freeSpaceOption())
    .addOption(leaveBehindOption())
    .addOption(timesOption())
    .addOption(zoneOption())
    .addOption(notOursOption())
    .addOption(notBackOption())
    .option('--discard-left-behind', 'remove from PostgreSQL what an earlier way back left there by name')
    .addOption(jsonOption())
    .action(
      shell.action<CutoverOptions>('cutover start', (options, run) =>
        withMoveOptions(options, run, async (move) => {
          const started = await showing(run.report, () => start(move));
          showBookkeeping(run.report, started.bookkeeping);
          run.report.result({ cutover: started }, [
            ...showCopiedAnew(started, options),
            `PostgreSQL follows ${options.source}, every row of it is proven, and it is ${formatCount(Number(started.lag))} changes behind.`,
            'Next: pnpm ops:cutover finish with the same source hands over.',
          ]);
          return undefined;
        }),
      ),
    );

  cutover
    .command('status')
    .description('Tells how a move stands, and how far PostgreSQL is behind. Changes nothing.')
    .addOption(sourceOption('it is only read'))
    .addOption(jsonOption())
    .action(
      shell.action<CutoverOptions>('cutover status', (options, run) =>
        withMoveOptions(options, run, async (move) => {
          const found = await status(move);
          run.report.result({ cutover: found }, showStatus(found));
          return undefined;
        }),
      ),
    );

  cutover
    .command('finish')
    .description('Stops writes to the file, proves that nothing is missing, and hands over to PostgreSQL.')
    .addOption(sourceOption('it takes no writes afterwards'))
    .addOption(notOursOption())
    .addOption(notBackOption())
    .addOption(reportOption())
    .addOption(jsonOption())
    .action(
      shell.action<FinishOptions>('cutover finish', (options, run) =>
        withMoveOptions(options, run, async (move, { target }) => {
          const finished = await showing(run.report, () => finish(move));
          const about: HandOverReport = {
            direction: 'to-postgresql',
            moveId: finished.moveId,
            sqlite: move.source,
            postgresql: describeTarget(target),
            result: finished,
          };
          const file =
            finished.outcome === 'handed-over'
              ? await writeHandOverReport(run.resolvePath(options.report), about, run.report)
              : undefined;
          run.report.result({ cutover: finished, ...(file && { files: [file] }) }, [
            ...showCopiedAnew(finished, options),
            finished.outcome === 'already-over'
              ? 'PostgreSQL had taken over already.'
              : `PostgreSQL has taken over; for ${Math.ceil(finished.downtimeMs ?? 0)} ms nothing could be written.`,
            ...(file ? [`Report: ${file}`] : []),
            'Next: let the API use POSTGRES_URL (with VATEVO_FOLLOW_CUTOVER=1 it does so by itself); until pnpm ops:cutover close, pnpm ops:rollback goes back without losing a write.',
          ]);
          return undefined;
        }),
      ),
    );

  cutover
    .command('abort')
    .description(
      'Gives a move up before the hand-over: the file is as if nothing had been, PostgreSQL is empty.',
    )
    .addOption(sourceOption('what the move put into it is taken out'))
    .option(
      '--postgres-is-lost',
      'the PostgreSQL of the move is gone for good: takes the file out of the move without asking it',
    )
    .addOption(jsonOption())
    .action(
      shell.action<AbortOptions>('cutover abort', async (options, run) => {
        const { outcome } = options.postgresIsLost
          ? withoutServer(options, run)
          : await withMoveOptions(options, run, (move) => abort(move));
        run.report.result({ cutover: { outcome } }, [
          outcome === 'aborted' ? 'The move is given up.' : 'There was no move to give up.',
        ]);
        return undefined;
      }),
    );

  cutover
    .command('close')
    .description('Ends the time in which ops:rollback is possible: PostgreSQL logs its changes no longer.')
    .addOption(sourceOption('it stays as it is'))
    .addOption(jsonOption())
    .action(
      shell.action<CutoverOptions>('cutover close', (options, run) =>
        withMoveOptions(options, run, async (move) => {
          const { outcome } = await close(move);
          run.report.result({ cutover: { outcome } }, [
            outcome === 'closed'
              ? 'Closed: PostgreSQL keeps the data, and there is no way back to SQLite but a new transfer.'
              : 'It was closed already.',
          ]);
          return undefined;
        }),
      ),
    );
}
