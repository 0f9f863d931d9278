import { rollback } from '@vatevo/cutover';
import { deployMigrations } from '@vatevo/db/migrations';
import type { Command } from 'commander';
import { showing } from '../cutover/show.ts';
import { ownMapping, servedTables } from '../legacy/mapping.ts';
import { formatCount } from '../report/progress.ts';
import type { CommonOptions, Shell } from '../shell.ts';
import { withTarget } from '../transfer/context.ts';
import { jsonOption } from './options.ts';

interface Options extends CommonOptions {
  readonly to: string;
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
    .addOption(jsonOption())
    .action(
      shell.action<Options>('rollback', (options, run) => {
        const source = run.resolvePath(options.to);
        return withTarget(run, { source, mapping: ownMapping }, async (endpoints) => {
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
          run.report.result({ rollback: done }, [
            done.outcome === 'already-back'
              ? `${options.to} had taken over already.`
              : `${options.to} has taken over, ${formatCount(done.rowsCompared)} rows proven; for ${Math.ceil(done.downtimeMs ?? 0)} ms nothing could be written.`,
            'Next: let the API use it:',
            'unset POSTGRES_URL',
            `DATABASE_URL=file:${source}`,
          ]);
          return undefined;
        });
      }),
    );
}
