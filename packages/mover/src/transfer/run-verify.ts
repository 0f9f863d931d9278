import { type MovedVerification, verifyMoved } from '@vatevo/cutover';
import { ExitCode, formatCount, type Reporter } from '@vatevo/shell';
import { verifyTransfer } from '@vatevo/transfer';
import type { Run } from '../preset.ts';
import { refuseLiveMove } from '../target/live-move.ts';
import { type SourceOptions, type TransferContext, withEndpoints } from './context.ts';
import { showDifferences, showVerification } from './show.ts';

export async function runVerify(options: SourceOptions, run: Run): Promise<ExitCode> {
  const { moved, verification } = await withEndpoints(options, run, (context) => verifyEither(context, run));
  if (moved) return showMoved(moved, run.report);
  showVerification(run, verification);
  if (verification.excluded > 0) {
    run.report.warn(
      `${formatCount(verification.excluded)} rows of the source are in the quarantine of the transfer: they are not in the target, and were not looked for there.`,
    );
  }
  run.report.result({ verification }, [
    verification.equal
      ? `Equal: ${formatCount(verification.values)} values compared.`
      : 'NOT equal: see the differences above.',
  ]);
  return verification.equal ? ExitCode.done : ExitCode.differs;
}

/** Where PostgreSQL took over from a live file, its log tells what was written since from what is wrong. */
async function verifyEither({ source, endpoints }: TransferContext, run: Run) {
  await refuseLiveMove(endpoints.connect, run);
  const moved = source.readable.isCopy
    ? undefined
    : await verifyMoved({ ...endpoints, format: source.format.name });
  return moved ? { moved } : { verification: await verifyTransfer(endpoints) };
}

function changedSince({ tablesChangedSince }: MovedVerification): string {
  if (tablesChangedSince.length === 0) return '';
  return ` Neither are tables that a migration changed since: ${tablesChangedSince.join(', ')}.`;
}

function showMoved(moved: MovedVerification, report: Reporter): ExitCode {
  showDifferences(report, moved.differences);
  report.result({ verification: moved }, [
    moved.equal
      ? `Equal: ${formatCount(moved.rowsCompared)} rows compared; ${formatCount(moved.rowsChangedSince)} were written in PostgreSQL since it took over, and are not compared.${changedSince(moved)}`
      : `NOT equal: ${formatCount(moved.differing)} rows differ although nobody wrote them since PostgreSQL took over: see the list above.`,
  ]);
  return moved.equal ? ExitCode.done : ExitCode.differs;
}
