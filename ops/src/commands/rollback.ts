import { describeTarget } from '@vatevo/connection';
import { rollback } from '@vatevo/cutover';
import { deployMigrations } from '@vatevo/db/migrations';
import type { Command } from 'commander';
import { type HandOverReport, writeHandOverReport } from '../cutover/report-file.ts';
import { showing } from '../cutover/show.ts';
import { ownMapping, servedTables } from '../legacy/mapping.ts';
import { formatCount } from '../report/progress.ts';
import type { CommonOptions, Shell } from '../shell.ts';
import { withTarget } from '../transfer/context.ts';
import { jsonOption, reportOption } from './options.ts';

interface Options extends CommonOptions {
  readonly to: string;
  readonly report: string;
}

export function register(program: Command, shell: Shell): void {
  program
    .command('rollback')
    .description(
      'Goes back to SQLite with everything that was written since PostgreSQL took over, and proves it.',
    )
    .requiredOption(
      '--to <file>',
      'the SQLite file of our own format that takes over: the one that the move came from, or a new one after a move from the legacy format',
    )
    .addOption(reportOption())
    .addOption(jsonOption())
    .action(
      shell.action<Options>('rollback', (options, run) => {
        const source = run.resolvePath(options.to);
        return withTarget(run, { source, mapping: ownMapping }, async (endpoints, target) => {
          const done = await showing(run.report, () =>
            rollback({
              ...endpoints,
              format: 'own',
              servedTables,
              create: async (file) => {
                await deployMigrations({ kind: 'sqlite', file });
              },
            }),
          );
          const about: HandOverReport = {
            direction: 'to-sqlite',
            moveId: done.moveId,
            sqlite: source,
            postgresql: describeTarget(target),
            result: done,
          };
          const file =
            done.outcome === 'returned'
              ? await writeHandOverReport(run.resolvePath(options.report), about, run.report)
              : undefined;
          run.report.result({ rollback: done, ...(file && { files: [file] }) }, [
            done.outcome === 'already-back'
              ? `${options.to} had taken over already.`
              : `${options.to} has taken over, ${formatCount(done.rowsCompared)} rows proven; for ${Math.ceil(done.downtimeMs ?? 0)} ms nothing could be written.`,
            ...(file ? [`Report: ${file}`] : []),
            'Next: let the API use it (with VATEVO_FOLLOW_CUTOVER=1 it does so by itself):',
            'unset POSTGRES_URL',
            `DATABASE_URL=file:${source}`,
          ]);
          return undefined;
        });
      }),
    );
}
