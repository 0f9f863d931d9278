import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, ExitCode } from '@vatevo/shell';
import type { TransferMapping, TransferReport } from '@vatevo/transfer';
import { asMappingFile } from '../mapping/as-file.ts';
import type { ReportFacts } from './report-page/facts.ts';
import { renderReportPage } from './report-page/render.ts';

/**
 * Writes the report of a transfer as JSON for machines and as one self-contained page for people, and beside
 * them the rows that it set aside.
 *
 * A refusal has no run to be named after: the latest one's report is `transfer-refused.*`.
 *
 * @returns the files; the report is not among them when an earlier call already wrote it
 */
export async function writeReports(
  folder: string,
  report: TransferReport,
  context: ReportFacts,
  quarantineTo: (runId: string, file: string) => Promise<unknown>,
): Promise<string[]> {
  const quarantine = join(folder, `quarantine-${report.runId}.db`);
  const aside = report.quarantine ? [quarantine] : [];
  if (report.outcome === 'already-complete') {
    // A call that was killed after the transfer had completed did not get round to it.
    if (aside.length > 0 && !existsSync(quarantine)) {
      await makeFolder(folder);
      await quarantineTo(report.runId, quarantine);
    }
    return aside;
  }
  const document = { ...context, ...report };
  const json = `${JSON.stringify(document, (_, value) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`;
  const files = [
    { name: join(folder, `transfer-${report.runId}.json`), content: json },
    { name: join(folder, `transfer-${report.runId}.html`), content: renderReportPage(report, context) },
  ];
  try {
    await makeFolder(folder);
    if (aside.length > 0) await quarantineTo(report.runId, quarantine);
    for (const { name, content } of files) await writeFile(name, content);
  } catch (error) {
    throw new CommandError(
      ExitCode.unexpected,
      `${report.outcome === 'refused' ? 'The source was refused' : 'The transfer is complete'}, but its report could not be written to ${folder} (${(error as Error).message}).`,
      { cause: error },
    );
  }
  return [...files.map(({ name }) => name), ...aside];
}

/** Writes the mapping that the commands which follow need. @returns the file */
export async function writeMapping(folder: string, runId: string, mapping: TransferMapping): Promise<string> {
  const name = join(folder, `transfer-${runId}.mapping.json`);
  await makeFolder(folder);
  await writeFile(name, asMappingFile(mapping));
  return name;
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
}
