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
    .description('Shows what a connection to PostgreSQL is like, that of POSTGRES_URL unless told otherwise.')
    .addOption(urlEnvOption())
    .addOption(
      new Option(
        '--url <url>',
        '"-" reads the URL from standard input; else a URL without a password',
      ).conflicts('urlEnv'),
    )
    .addOption(
      new Option(
        '--env-file <file...>',
        'check the environments written in these files, each by its own variables alone',
      ).conflicts(['url', 'urlEnv']),
    )
    .option('-t, --timeout <seconds>', 'how long the server may take to answer', seconds, 10)
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
