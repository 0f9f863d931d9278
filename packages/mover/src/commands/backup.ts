import type { CommonOptions } from '@vatevo/shell';
import { jsonOption } from '@vatevo/shell';
import type { Command } from 'commander';
import type { Shell } from '../preset.ts';
import type { TargetOptions } from '../target/target.ts';
import { fromReplicaOption, urlEnvOption } from './options.ts';

interface Options extends CommonOptions, TargetOptions {
  readonly source?: string;
  readonly to: string;
  readonly copyOnly?: boolean;
}

export function register(program: Command, shell: Shell): void {
  program
    .command('backup')
    .description(
      'Backs up a SQLite file, or without --source the PostgreSQL database that POSTGRES_URL names. Checks the backup and writes checksums.',
    )
    .option('--source <file>', 'the SQLite database; it is never written')
    .option('--to <folder>', 'the folder in which the backup gets its own folder', 'backups')
    .option('--copy-only', 'for a SQLite file: write only the copy, and no export as SQL')
    .addOption(fromReplicaOption())
    .addOption(urlEnvOption())
    .addOption(jsonOption())
    .action(
      shell.action<Options>('backup', async ({ source, to, copyOnly = false, urlEnv, fromReplica }, run) => {
        const { backUp } = await import('../backup/backup.ts');
        await backUp({ source, parent: run.resolvePath(to), copyOnly, urlEnv, fromReplica }, run);
        return undefined;
      }),
    );
}
