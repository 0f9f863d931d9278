import type { Shell } from '@vatevo/mover';
import { urlEnvOption } from '@vatevo/mover/commands';
import type { CommonOptions } from '@vatevo/shell';
import { jsonOption, seconds } from '@vatevo/shell';
import { type Command, Option } from 'commander';
import type { UrlOptions } from '../check/choose-target.ts';

interface Options extends CommonOptions, UrlOptions {
  readonly timeout: number;
  readonly envFile?: readonly string[];
}

export function register(program: Command, shell: Shell): void {
  program
    .command('check-connection')
    .description('Checks a connection to PostgreSQL: TLS, version, latency, privileges and migrations.')
    .addOption(urlEnvOption())
    .addOption(
      new Option(
        '--url <url>',
        '"-" to read the URL from standard input, or a URL without a password',
      ).conflicts('urlEnv'),
    )
    .addOption(
      new Option(
        '--env-file <file...>',
        'check one environment per file, with the variables of that file only',
      ).conflicts(['url', 'urlEnv']),
    )
    .option('-t, --timeout <seconds>', 'how long to wait for the server', seconds, 10)
    .addOption(jsonOption())
    .action(
      shell.action<Options>('check-connection', async (options, run) => {
        const timeoutMs = options.timeout * 1000;
        if (options.envFile) {
          const { checkEnvironments } = await import('../check/check-environments.ts');
          await checkEnvironments(options.envFile, timeoutMs, run);
          return undefined;
        }
        const { chooseTarget } = await import('../check/choose-target.ts');
        const chosen = await chooseTarget(options, run);
        const { checkConnection } = await import('../check/check-connection.ts');
        await checkConnection(chosen, timeoutMs, run);
        return undefined;
      }),
    );
}
