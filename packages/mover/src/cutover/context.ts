import { type Aborted, abandon, type MoveOptions, undoCrashed } from '@vatevo/cutover';
import { CommandError, ExitCode } from '@vatevo/shell';
import { unusable } from '@vatevo/transfer';
import type { Run } from '../preset.ts';
import { type SourceOptions, type TransferContext, withEndpoints } from '../transfer/context.ts';
import { recogniseSource } from '../transfer/source.ts';

/** What may be said of a move's failback, before it is handed over. */
export interface CutoverOptions extends SourceOptions {
  readonly notOurs?: readonly string[];
  readonly notBack?: readonly string[];
  readonly discardLeftBehind?: boolean;
  readonly handOverIsLost?: boolean;
}

/** Resolves both databases of a live move and runs a step of it. */
export async function withMoveOptions<Result>(
  options: CutoverOptions,
  run: Run,
  work: (move: MoveOptions, context: TransferContext) => Promise<Result>,
): Promise<Result> {
  const path = run.resolvePath(options.source);
  try {
    undoCrashed(path);
  } catch (error) {
    throw unusable(path, error);
  }
  return withEndpoints(options, run, async (context) => {
    const { source, endpoints } = context;
    if (source.readable.isCopy) {
      throw new CommandError(
        ExitCode.sourceRefused,
        `${source.file} cannot be opened as it is (its folder may not be written), and a live move works in the file itself.`,
      );
    }
    const { readable: _, ...both } = endpoints;
    const returning = (await run.formats(options, run)).returning(context.target);
    const { notOurs, notBack, discardLeftBehind, handOverIsLost } = options;
    return work(
      {
        ...both,
        format: source.format.name,
        ...(returning && { returning }),
        ...(notOurs && { notOurs }),
        ...(notBack && { leaveBehind: notBack }),
        ...(discardLeftBehind && { discardLeftBehind }),
        ...(handOverIsLost && { handOverIsLost }),
      },
      context,
    );
  });
}

/** Takes a file out of a move whose PostgreSQL cannot be asked any more. */
export async function withoutServer(
  options: Pick<CutoverOptions, 'handOverIsLost'> & SourceOptions,
  run: Run,
): Promise<Aborted> {
  const { file, readable } = recogniseSource(
    run.resolvePath(options.source),
    await run.formats(options, run),
  );
  readable.release();
  return abandon(file, options);
}
