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
      'Moves every sequence ahead after a failover to a standby that may have been behind, so that no id is assigned twice. Does so once per timeline.',
    )
    .option(
      '--margin <numbers>',
      'how many numbers each sequence skips',
      wholeNumber(1, MAX_MARGIN),
      DEFAULT_MARGIN,
    )
    .option('--again', 'move them again, or on a server that was never promoted', false)
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
