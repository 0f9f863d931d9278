import type { Shell } from '@vatevo/mover';
import { urlEnvOption } from '@vatevo/mover/commands';
import type { CommonOptions } from '@vatevo/shell';
import { jsonOption, seconds, wholeNumber } from '@vatevo/shell';
import type { Command } from 'commander';

/** More than a service assigns in the seconds that an asynchronous standby may be behind. */
const DEFAULT_MARGIN = 100_000;
const MAX_MARGIN = 999_999_999;

interface Options extends CommonOptions {
  readonly timeout: number;
  readonly margin: number;
  readonly again: boolean;
  readonly urlEnv?: string;
}

export function register(program: Command, shell: Shell): void {
  program
    .command('after-failover')
    .description(
      'After a failover to a standby that may have been behind: moves every sequence ahead, so that no id is assigned twice; once for each timeline.',
    )
    .option(
      '--margin <numbers>',
      'how many numbers each sequence leaves out',
      wholeNumber(1, MAX_MARGIN),
      DEFAULT_MARGIN,
    )
    .option('--again', 'even where it was done, or the server was never promoted', false)
    .option('-t, --timeout <seconds>', 'how long to wait for the server, and for another run', seconds, 30)
    .addOption(urlEnvOption())
    .addOption(jsonOption())
    .action(
      shell.action<Options>('after-failover', async ({ timeout, margin, again, urlEnv }, run) => {
        const { requirePostgres } = await import('@vatevo/mover/target');
        const target = requirePostgres(run, { urlEnv });
        const { afterFailover } = await import('../failover/after-failover.ts');
        await afterFailover(target, { timeoutMs: timeout * 1000, margin, again }, run);
        return undefined;
      }),
    );
}
