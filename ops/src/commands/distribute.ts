import type { Shell } from '@vatevo/mover';
import { urlEnvOption } from '@vatevo/mover/commands';
import type { CommonOptions } from '@vatevo/shell';
import { jsonOption, seconds } from '@vatevo/shell';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Enough for 32 workers; Citus's own default. */
const DEFAULT_SHARDS = 32;

interface Options extends CommonOptions {
  readonly timeout: number;
  readonly shards: number;
  readonly status?: true;
  readonly undo?: true;
  readonly concurrently?: true;
  readonly maxWait: number;
  readonly urlEnv?: string;
}

export function register(program: Command, shell: Shell): void {
  program
    .command('distribute')
    .description(
      'Distributes the tables of a Citus cluster over its workers by tenant, and compares every row: all tables or none, locked meanwhile, or one after the other while they are in use (--concurrently).',
    )
    .addOption(new Option('--status', 'show where the tables are, and change nothing').conflicts('undo'))
    .addOption(new Option('--undo', 'bring the tables back to the coordinator'))
    .addOption(
      new Option('--concurrently', 'distribute one table after the other while they are in use').conflicts([
        'undo',
        'status',
      ]),
    )
    .option(
      '--max-wait <seconds>',
      'with --concurrently: how long writers to a table may wait for its proof',
      seconds,
      30,
    )
    .option('--shards <parts>', 'the number of parts of each table', parts, DEFAULT_SHARDS)
    .option('-t, --timeout <seconds>', 'how long to wait for the server, another run, and locks', seconds, 30)
    .addOption(urlEnvOption())
    .addOption(jsonOption())
    .action(
      shell.action<Options>(
        'distribute',
        async ({ timeout, maxWait, shards, status, undo, concurrently, urlEnv }, run) => {
          const { requirePostgres } = await import('@vatevo/mover/target');
          const target = requirePostgres(run, { urlEnv });
          const { distribute } = await import('../distribute/distribute.ts');
          const what = status ? 'status' : undo ? 'undo' : concurrently ? 'concurrently' : 'distribute';
          const waits = { timeoutMs: timeout * 1000, maxWaitMs: maxWait * 1000 };
          await distribute(target, { what, shards, ...waits }, run);
          return undefined;
        },
      ),
    );
}

function parts(text: string): number {
  const number = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (number > 0 && number <= 1024) return number;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1024.');
}
