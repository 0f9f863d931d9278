import { ConfigurationError, ConnectionError, describeTarget } from '@vatevo/connection';
import { abort, close, fileStatus, finish, start, status } from '@vatevo/cutover';
import type { FileState } from '@vatevo/cutover-state';
import { formatCount } from '@vatevo/shell';
import type { Run } from '../preset.ts';
import { sentenceOf } from '../transfer/next.ts';
import { showBookkeeping } from '../transfer/show.ts';
import { type CutoverOptions, withMoveOptions, withoutServer } from './context.ts';
import { type HandOverReport, writeHandOverReport } from './report-file.ts';
import { showCopiedAnew, showFile, showing, showStatus } from './show.ts';

export interface FinishOptions extends CutoverOptions {
  readonly report: string;
  /** Seconds. */
  readonly serverSilence?: number;
}

export interface AbortOptions extends CutoverOptions {
  readonly postgresIsLost?: boolean;
}

export function runStart(options: CutoverOptions, run: Run): Promise<undefined> {
  return withMoveOptions(options, run, async (move) => {
    const started = await showing(run.report, () => start(move));
    showBookkeeping(run.report, started.bookkeeping);
    run.report.result({ cutover: started }, [
      ...showCopiedAnew(started, options),
      `PostgreSQL follows ${options.source}, every row of it is proven, and it is ${formatCount(Number(started.lag))} changes behind.`,
      `Next: ${run.typed('cutover finish')} with the same source hands over.`,
    ]);
    return undefined;
  });
}

export async function runStatus(options: CutoverOptions, run: Run): Promise<undefined> {
  try {
    return await withMoveOptions(options, run, async (move) => {
      const found = await status(move);
      const fault = found.fault && sentenceOf(found.fault, run);
      run.report.result({ cutover: { ...found, fault } }, showStatus(found, run));
      return undefined;
    });
  } catch (error) {
    // Whoever asks because nothing can be written any more hears of the fence also when PostgreSQL is away, or
    // when nobody says where it is.
    if (error instanceof ConnectionError || error instanceof ConfigurationError) {
      tellOfFile(options, run);
    }
    throw error;
  }
}

/** Says how the file alone stands, where it can be read: a file that cannot is a lesser fault than the one at hand. */
function tellOfFile(options: CutoverOptions, run: Run): void {
  let file: FileState;
  try {
    file = fileStatus(run.resolvePath(options.source));
  } catch {
    return;
  }
  run.report.result({ cutover: { file } }, [showFile(file)]);
}

export function runFinish(options: FinishOptions, run: Run): Promise<undefined> {
  return withMoveOptions(options, run, async (move, { target }) => {
    const { serverSilence } = options;
    const finished = await showing(run.report, () =>
      finish({ ...move, ...(serverSilence !== undefined && { silenceMs: serverSilence * 1000 }) }),
    );
    const about: HandOverReport = {
      direction: 'to-postgresql',
      moveId: finished.moveId,
      sqlite: move.source,
      postgresql: describeTarget(target),
      result: finished,
    };
    const file =
      finished.outcome === 'handed-over'
        ? await writeHandOverReport(run.resolvePath(options.report), about, run.report)
        : undefined;
    run.report.result({ cutover: finished, ...(file && { files: [file] }) }, [
      ...showCopiedAnew(finished, options),
      finished.outcome === 'already-over'
        ? 'PostgreSQL had taken over already.'
        : `PostgreSQL has taken over; for ${Math.ceil(finished.downtimeMs ?? 0)} ms nothing could be written.`,
      ...(finished.lastMomentChecked
        ? []
        : [
            `Untracked changes of the last moment before that were not looked for: run ${run.typed('verify')} with the same source.`,
          ]),
      ...(file ? [`Report: ${file}`] : []),
      `Next: ${run.advice.usePostgres}; until ${run.typed('cutover close')}, ${run.typed('rollback')} goes back without losing a write.`,
    ]);
    return undefined;
  });
}

export async function runAbort(options: AbortOptions, run: Run): Promise<undefined> {
  const { outcome } = options.postgresIsLost
    ? await withoutServer(options, run)
    : await withMoveOptions(options, run, (move) => abort(move));
  run.report.result({ cutover: { outcome } }, [
    outcome === 'aborted' ? 'The move is given up.' : 'There was no move to give up.',
  ]);
  return undefined;
}

export function runClose(options: CutoverOptions, run: Run): Promise<undefined> {
  return withMoveOptions(options, run, async (move) => {
    const { outcome } = await close(move);
    run.report.result({ cutover: { outcome } }, [
      outcome === 'closed'
        ? 'Closed: PostgreSQL keeps the data, and there is no failback to SQLite but a new transfer.'
        : 'It was closed already.',
    ]);
    return undefined;
  });
}
