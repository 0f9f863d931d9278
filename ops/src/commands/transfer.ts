import { describeTarget } from '@vatevo/connection';
import { DifferencesError, SourceRefusedError, type TransferReport, transfer } from '@vatevo/transfer';
import type { Command } from 'commander';
import { formatCount } from '../report/progress.ts';
import type { Reporter } from '../report/reporter.ts';
import type { Shell } from '../shell.ts';
import { type SourceOptions, type TransferContext, withEndpoints } from '../transfer/context.ts';
import { writeReports } from '../transfer/report-files.ts';
import { showAlterations, showInspection, showVerification } from '../transfer/show.ts';
import { packageVersion } from '../version.ts';
import { freeSpaceOption, jsonOption, sourceOption } from './options.ts';

interface Options extends SourceOptions {
  readonly report: string;
  readonly discardUnfinished?: boolean;
}

export function register(program: Command, shell: Shell): void {
  program
    .command('transfer')
    .description(
      'Moves a SQLite database into the PostgreSQL database that POSTGRES_URL names, and proves it.',
    )
    .addOption(sourceOption())
    .option('--report <folder>', 'where the report is written, as JSON and as a page', 'reports')
    .option('--resume', 'carry an unfinished transfer on (it is carried on without this, too)')
    .option('--discard-unfinished', 'remove what an unfinished transfer loaded, and begin anew')
    .addOption(freeSpaceOption())
    .addOption(jsonOption())
    .action(
      shell.action<Options>('transfer', async (options, run) => {
        const { report } = run;
        const { done, target } = await withEndpoints(options, run, async (context) => ({
          done: await transferShowingFindings(options, context, report),
          target: describeTarget(context.target),
        }));
        if (done.verification) showVerification(report, done.verification);
        showAlterations(report, done.alterations);
        const files = await writeReports(run.resolvePath(options.report), done, {
          target,
          finishedAt: new Date().toISOString(),
          version: packageVersion,
        });
        report.result({ transfer: done, files }, [
          summarise(done),
          ...files.map((file) => `Report: ${file}`),
        ]);
        return undefined;
      }),
    );
}

/** A refusal or a difference is shown in full before its sentence is. */
async function transferShowingFindings(
  { discardUnfinished = false }: Options,
  { endpoints }: TransferContext,
  report: Reporter,
): Promise<TransferReport> {
  try {
    return await transfer({ ...endpoints, discardUnfinished });
  } catch (error) {
    if (error instanceof SourceRefusedError) {
      showInspection(report, error.inspection);
      report.result({ inspection: error.inspection }, []);
    }
    if (error instanceof DifferencesError) {
      showVerification(report, error.verification);
      report.result({ verification: error.verification }, []);
    }
    throw error;
  }
}

function summarise({ outcome, verification, source }: TransferReport): string {
  if (outcome === 'already-complete') return `Nothing to do: ${source} was transferred and verified before.`;
  const rows = verification?.tables.reduce((sum, table) => sum + table.targetRows, 0) ?? 0;
  const how = outcome === 'resumed' ? 'Transfer carried on and completed' : 'Transfer complete';
  return `${how}: ${formatCount(rows)} rows, ${formatCount(verification?.values ?? 0)} values verified equal.`;
}
