import type { CommonOptions } from '@vatevo/shell';
import { jsonOption } from '@vatevo/shell';
import type { Command } from 'commander';
import type { Shell } from '../preset.ts';
import type { TargetOptions } from '../target/target.ts';
import { urlEnvOption } from './options.ts';

interface Options extends CommonOptions, TargetOptions {
  readonly from: string;
  readonly to?: string;
}

export function register(program: Command, shell: Shell): void {
  program
    .command('restore')
    .description(
      'Restores a backup into a new SQLite file, or into the empty PostgreSQL database that POSTGRES_URL names, and compares every value.',
    )
    .requiredOption('--from <folder>', 'the folder of the backup')
    .option('--to <file>', 'for a SQLite backup: the new file; it must not exist')
    .addOption(urlEnvOption())
    .addOption(jsonOption())
    .action(
      shell.action<Options>('restore', async ({ from, to, urlEnv }, run) => {
        const { restore } = await import('../backup/restore.ts');
        await restore(
          { folder: run.resolvePath(from), ...(to !== undefined && { file: run.resolvePath(to) }), urlEnv },
          run,
        );
        return undefined;
      }),
    );
}
