import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TransferReport } from '@vatevo/transfer';
import { ExitCode } from '../exit-codes.ts';
import { OpsError } from '../failure.ts';
import { renderReportPage } from './report-page/render.ts';

/** What a report says beside the engine's findings. */
export interface ReportContext {
  /** The target, without its password. */
  readonly target: string;
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
  /** Of this package. */
  readonly version: string;
}

/**
 * Writes the report of a transfer as JSON for machines and as one self-contained page for people.
 *
 * @returns the files written; none when an earlier call already reported this run.
 */
export async function writeReports(
  folder: string,
  report: TransferReport,
  context: ReportContext,
): Promise<string[]> {
  if (report.outcome === 'already-complete') return [];
  const document = { ...context, ...report };
  const json = `${JSON.stringify(document, (_, value) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`;
  const files = [
    { name: join(folder, `transfer-${report.runId}.json`), content: json },
    { name: join(folder, `transfer-${report.runId}.html`), content: renderReportPage(report, context) },
  ];
  try {
    await mkdir(folder, { recursive: true });
    for (const { name, content } of files) await writeFile(name, content);
  } catch (error) {
    throw new OpsError(
      ExitCode.unexpected,
      `The transfer is complete, but its report could not be written to ${folder} (${(error as Error).message}): run ops:verify --json for another.`,
      { cause: error },
    );
  }
  return files.map(({ name }) => name);
}
