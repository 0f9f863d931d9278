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
      'Shows connections, slow queries, error rate and health of the database that POSTGRES_URL names, until Ctrl-C. With --json, prints them once.',
    )
    .option(
      '--metrics-url <url>',
      'also show the API with this /metrics address (sends VATEVO_METRICS_TOKEN to it)',
    )
    .option('-i, --interval <seconds>', 'the time between two readings', seconds, 2)
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
