import { type MoveOptions, undoCrashed } from '@vatevo/cutover';
import { ExitCode } from '../exit-codes.ts';
import { OpsError } from '../failure.ts';
import { servedTables } from '../legacy/mapping.ts';
import type { Run } from '../shell.ts';
import { type SourceOptions, type TransferContext, withEndpoints } from '../transfer/context.ts';

/** Resolves both databases of a live move and runs a step of it. */
export async function withMoveOptions<Result>(
  options: SourceOptions,
  run: Run,
  work: (move: MoveOptions, context: TransferContext) => Promise<Result>,
): Promise<Result> {
  try {
    undoCrashed(run.resolvePath(options.source));
  } catch (error) {
    throw new OpsError(ExitCode.sourceRefused, (error as Error).message, { cause: error });
  }
  return withEndpoints(options, run, (context) => {
    const { source, endpoints } = context;
    if (source.reached.isCopy) {
      throw new OpsError(
        ExitCode.sourceRefused,
        `${source.file} cannot be opened as it is (its folder may not be written), and a live move works in the file itself.`,
      );
    }
    const { readable: _, ...both } = endpoints;
    return work({ ...both, format: source.format, servedTables }, context);
  });
}
