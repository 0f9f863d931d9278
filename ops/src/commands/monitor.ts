import type { Shell } from '@vatevo/mover';
import { urlEnvOption } from '@vatevo/mover/commands';
import type { CommonOptions } from '@vatevo/shell';
import { jsonOption, seconds } from '@vatevo/shell';
import type { Command } from 'commander';

interface Options extends CommonOptions {
  readonly interval: number;
  readonly metricsUrl?: string;
  readonly urlEnv?: string;
}

export function register(program: Command, shell: Shell): void {
  program
    .command('monitor')
    .description(
      'Shows connections, slow queries, error rate and health of the database of POSTGRES_URL, until Ctrl-C; with --json once.',
    )
    .option(
      '--metrics-url <url>',
      'and of the API whose /metrics is there (VATEVO_METRICS_TOKEN is sent to it)',
    )
    .option('-i, --interval <seconds>', 'how often to look', seconds, 2)
    .addOption(urlEnvOption())
    .addOption(jsonOption())
    .action(
      shell.action<Options>('monitor', async (options, run) => {
        const { monitor } = await import('../monitor/monitor.ts');
        await monitor(
          {
            once: options.json === true,
            intervalMs: options.interval * 1000,
            metricsUrl: options.metricsUrl,
            urlEnv: options.urlEnv,
          },
          run,
        );
        return undefined;
      }),
    );
}
