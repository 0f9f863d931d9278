import type { Shell } from '@vatevo/mover';
import { urlEnvOption } from '@vatevo/mover/commands';
import type { CommonOptions } from '@vatevo/shell';
import { jsonOption, seconds } from '@vatevo/shell';
import type { Command } from 'commander';

interface Options extends CommonOptions {
  readonly timeout: number;
  readonly urlEnv?: string;
}

export function register(program: Command, shell: Shell): void {
  program
    .command('prepare-postgres')
    .description('Prepares the database that POSTGRES_URL names for this release. Safe to run again.')
    .option(
      '-t, --timeout <seconds>',
      'how long to wait for the server, for another run, and for a server that falls silent',
      seconds,
      30,
    )
    .addOption(urlEnvOption())
    .addOption(jsonOption())
    .action(
      shell.action<Options>('prepare-postgres', async ({ timeout, urlEnv }, run) => {
        const { requirePostgres } = await import('@vatevo/mover/target');
        const { coordinatorOf } = await import('../distribute/coordinator.ts');
        const target = await coordinatorOf(requirePostgres(run, { urlEnv }), timeout * 1000);
        const { prepare } = await import('../prepare/prepare.ts');
        await prepare(target, timeout * 1000, run);
        return undefined;
      }),
    );
}
