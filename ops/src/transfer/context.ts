import { connect, describeTarget, type PostgresTarget, parseConfig } from '@vatevo/connection';
import type { Endpoints, NumericTimes } from '@vatevo/transfer';
import { ExitCode } from '../exit-codes.ts';
import { OpsError } from '../failure.ts';
import type { CommonOptions, Run } from '../shell.ts';
import { rethrow } from './failure.ts';
import { recogniseSource, type Source } from './source.ts';
import { StageSteps } from './stage-steps.ts';

export interface SourceOptions extends CommonOptions {
  readonly source: string;
  readonly targetFreeSpace?: number;
  readonly leaveBehind?: readonly string[];
  readonly times?: Readonly<Record<string, NumericTimes>>;
  readonly assumeTimezone?: string;
}

/** Milliseconds that a connection to the target may take to be opened. */
const CONNECT_TIMEOUT = 10_000;

/** What the commands of a transfer work on. */
export interface TransferContext {
  readonly source: Source;
  readonly target: PostgresTarget;
  readonly endpoints: Endpoints;
}

/**
 * Resolves the source and the target and runs the engine's work on them: its stages become steps of the
 * report, its errors sentences with exit codes.
 */
export async function withEndpoints<Result>(
  options: SourceOptions,
  run: Run,
  work: (context: TransferContext) => Promise<Result>,
): Promise<Result> {
  const target = requirePostgres(run);
  const source = await run.report.step('Open the source', (step) => {
    const found = recogniseOrRethrow(run.resolvePath(options.source), target);
    step.detail(
      `${options.source}, ${found.format === 'own' ? 'our own format' : 'legacy format'}${found.reached.isCopy ? ', read from a recovered copy' : ''}`,
    );
    return found;
  });
  const { leaveBehind = [], times = {}, assumeTimezone, targetFreeSpace } = options;
  try {
    return await withTarget(
      run,
      {
        source: source.file,
        readable: source.reached.file,
        mapping: {
          ...source.mapping,
          decisions: {
            leaveBehind,
            numericTimes: times,
            ...(assumeTimezone !== undefined && { zone: assumeTimezone }),
          },
        },
        ...(targetFreeSpace !== undefined && { targetFreeSpace }),
      },
      (endpoints, target) => work({ source, target, endpoints }),
    );
  } finally {
    source.reached.release();
  }
}

/** The same for a file that need not be there yet: connects to the target and works. */
export async function withTarget<Result>(
  run: Run,
  source: Omit<Endpoints, 'connect' | 'onProgress' | 'signal'>,
  work: (endpoints: Endpoints, target: PostgresTarget) => Promise<Result>,
): Promise<Result> {
  const target = requirePostgres(run);
  await run.report.step('Connect to the target', async (step) => {
    const client = await connect(target, { timeoutMs: CONNECT_TIMEOUT });
    await client.end();
    step.detail(describeTarget(target));
  });
  const stages = new StageSteps(run.report);
  const endpoints: Endpoints = {
    ...source,
    connect: () => connect(target, { timeoutMs: CONNECT_TIMEOUT, applicationName: 'vatevo-transfer' }),
    onProgress: stages.onProgress,
    signal: run.signal,
  };
  try {
    const result = await work(endpoints, target);
    await stages.finish();
    return result;
  } catch (error) {
    await stages.finish(error);
    return rethrow(error, target);
  }
}

function requirePostgres(run: Run): PostgresTarget {
  const { database } = parseConfig(run.env);
  if (database.kind === 'postgres') return database;
  throw new OpsError(ExitCode.usage, 'POSTGRES_URL is not set: it names the database that the rows go to.', {
    remedy: ['POSTGRES_URL=postgresql://user:password@host:5432/database'],
  });
}

function recogniseOrRethrow(file: string, target: PostgresTarget): Source {
  try {
    return recogniseSource(file);
  } catch (error) {
    if (error instanceof OpsError) throw error;
    return rethrow(error, target);
  }
}
