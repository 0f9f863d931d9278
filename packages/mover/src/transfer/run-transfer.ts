import { isDeepStrictEqual } from 'node:util';
import { describeTarget } from '@vatevo/connection';
import { ExitCode, formatCount } from '@vatevo/shell';
import {
  DifferencesError,
  SourceRefusedError,
  saveQuarantine,
  type TransferMapping,
  type TransferReport,
  transfer,
} from '@vatevo/transfer';
import type { Run } from '../preset.ts';
import type { CreatedTables } from '../schema/created-objects.ts';
import { refuseLiveMove } from '../target/live-move.ts';
import { packageVersion } from '../version.ts';
import { type SourceOptions, type TransferContext, withEndpoints } from './context.ts';
import { writeMapping, writeReports } from './report-files.ts';
import {
  showAlterations,
  showBookkeeping,
  showInspection,
  showQuarantine,
  showVerification,
} from './show.ts';

export interface TransferCommandOptions extends SourceOptions {
  readonly report: string;
  readonly discardUnfinished?: boolean;
  readonly quarantine?: boolean;
  readonly createTables?: boolean;
}

/** Makes the tables that are to be filled, or finds them. */
export type MakeTables = (context: TransferContext) => Promise<CreatedTables>;

export async function runTransfer(options: TransferCommandOptions, run: Run): Promise<ExitCode | undefined> {
  const { quarantine = false } = options;
  const { createTables } = options.createTables ? await import('../schema/create-tables.ts') : {};
  let named: TransferMapping | undefined;
  const { done, files } = await transferAndReport(
    options,
    run,
    createTables &&
      (async ({ endpoints }) => {
        const tables = await createTables(endpoints, run, quarantine);
        const { mapping } = tables.endpoints;
        if (!isDeepStrictEqual(mapping.tables ?? {}, endpoints.mapping.tables ?? {})) named = mapping;
        return tables;
      }),
  );
  const names = named && (await writeMapping(run.resolvePath(options.report), done.runId, named));
  run.report.result({ transfer: done, files, ...(names && { mapping: names }) }, [
    summarise(done),
    ...files.map((file) => `Report: ${file}`),
    ...(names ? [`Some names are none in PostgreSQL: other commands need --mapping ${names}`] : []),
  ]);
  return done.quarantine ? ExitCode.sourceRefused : undefined;
}

/**
 * Moves the source and shows what came of it.
 *
 * @param makeTables where they are not there for the application's own migrations to make
 */
export async function transferAndReport(
  options: TransferCommandOptions,
  run: Run,
  makeTables?: MakeTables,
): Promise<{ readonly done: TransferReport; readonly files: readonly string[] }> {
  const { report } = run;
  const folder = run.resolvePath(options.report);
  const { done, files } = await withEndpoints(options, run, async (context) => {
    await refuseLiveMove(context.endpoints.connect, run);
    const write = (about: TransferReport) =>
      writeReports(
        folder,
        about,
        {
          target: describeTarget(context.target),
          finishedAt: new Date().toISOString(),
          version: packageVersion,
        },
        (runId, file) => saveQuarantine(context.endpoints, runId, file),
      );
    const done = makeTables
      ? await transferIntoNewTables(options, context, run, write, makeTables)
      : await transferShowingFindings(options, context, run, write);
    return { done, files: await write(done) };
  });
  if (done.verification) showVerification(run, done.verification);
  showBookkeeping(report, done.plan.bookkeeping ?? []);
  showAlterations(report, done.alterations);
  if (done.quarantine) showQuarantine(report, done.quarantine);
  return { done, files };
}

type Write = (about: TransferReport) => Promise<string[]>;

/** Creates the tables first; where nothing is loaded into them, they do not stay. */
async function transferIntoNewTables(
  options: TransferCommandOptions,
  context: TransferContext,
  run: Run,
  write: Write,
  makeTables: MakeTables,
): Promise<TransferReport> {
  const tables = await makeTables(context);
  try {
    const done = await transferShowingFindings(
      options,
      { ...context, endpoints: tables.endpoints },
      run,
      write,
    );
    await tables.keep();
    return done;
  } catch (error) {
    // The failure is what counts; the next call of the same kind finds what is left of them.
    await tables.undo(error).catch((failure: Error) => run.report.warn(failure.message));
    throw error;
  }
}

/** A refusal or a difference is shown in full before its sentence is. */
async function transferShowingFindings(
  { discardUnfinished = false, quarantine = false }: TransferCommandOptions,
  { endpoints }: TransferContext,
  run: Run,
  write: Write,
): Promise<TransferReport> {
  const { report } = run;
  try {
    return await transfer({ ...endpoints, discardUnfinished, quarantine });
  } catch (error) {
    if (error instanceof SourceRefusedError) {
      showInspection(report, error.inspection);
      // The refusal is what counts: a report that cannot be written must not change how the command ends.
      const files = await write(error.report).catch((failure: Error) => {
        report.warn(failure.message);
        return [];
      });
      for (const file of files) report.note(`Report: ${file}`);
      report.result({ inspection: error.inspection, files }, []);
    }
    if (error instanceof DifferencesError) {
      showVerification(run, error.verification);
      report.result({ verification: error.verification }, []);
    }
    throw error;
  }
}

/** In one sentence. */
export function summarise({ outcome, verification, source, quarantine }: TransferReport): string {
  const aside = quarantine
    ? ` ${formatCount(quarantine.rows)} rows are in the quarantine, not in the target.`
    : '';
  if (outcome === 'already-complete') {
    return `Nothing to do: ${source} was transferred and verified before.${aside}`;
  }
  const rows = verification?.tables.reduce((sum, table) => sum + table.targetRows, 0) ?? 0;
  const how = outcome === 'resumed' ? 'Transfer resumed and completed' : 'Transfer complete';
  return `${how}: ${formatCount(rows)} rows, ${formatCount(verification?.values ?? 0)} values verified equal.${aside}`;
}
