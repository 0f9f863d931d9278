import { ExitCode, formatCount } from '@vatevo/shell';
import { inspectSource } from '@vatevo/transfer';
import type { Run } from '../preset.ts';
import { type SourceOptions, withEndpoints } from './context.ts';
import { showInspection } from './show.ts';

/** The work of `inspect`: shows what a transfer would find. */
export async function runInspect(options: SourceOptions, run: Run): Promise<ExitCode> {
  const inspection = await withEndpoints(options, run, ({ endpoints }) => inspectSource(endpoints));
  showInspection(run.report, inspection);
  const refused = inspection.refusedValues;
  run.report.result({ inspection }, [
    refused === 0
      ? 'Every value fits the target.'
      : `${formatCount(refused)} values do not fit the target: a transfer would refuse the file.`,
  ]);
  return refused === 0 ? ExitCode.done : ExitCode.sourceRefused;
}
