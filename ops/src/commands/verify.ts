import { verifyTransfer } from '@vatevo/transfer';
import type { Command } from 'commander';
import { ExitCode } from '../exit-codes.ts';
import { formatCount } from '../report/progress.ts';
import type { Shell } from '../shell.ts';
import { type SourceOptions, withEndpoints } from '../transfer/context.ts';
import { showVerification } from '../transfer/show.ts';
import { jsonOption, sourceOption } from './options.ts';

export function register(program: Command, shell: Shell): void {
  program
    .command('verify')
    .description('Proves that the target holds every value of the SQLite database, and nothing else.')
    .addOption(sourceOption())
    .addOption(jsonOption())
    .action(
      shell.action<SourceOptions>('verify', async (options, run) => {
        const verification = await withEndpoints(options, run, ({ endpoints }) => verifyTransfer(endpoints));
        showVerification(run.report, verification);
        if (verification.leftOut > 0) {
          run.report.warn(
            `${formatCount(verification.leftOut)} rows of the source are in the quarantine of the transfer: they are not in the target, and were not looked for there.`,
          );
        }
        run.report.result({ verification }, [
          verification.equal
            ? `Equal: ${formatCount(verification.values)} values compared.`
            : 'NOT equal: see the differences above.',
        ]);
        return verification.equal ? ExitCode.done : ExitCode.differs;
      }),
    );
}
