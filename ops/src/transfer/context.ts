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
  try {
    return await workOn({ options, run, target, source, work });
  } finally {
    source.reached.release();
  }
}

interface WorkOptions<Result> {
  readonly options: SourceOptions;
  readonly run: Run;
  readonly target: PostgresTarget;
  readonly source: Source;
  readonly work: (context: TransferContext) => Promise<Result>;
}

async function workOn<Result>({ options, run, target, source, work }: WorkOptions<Result>): Promise<Result> {
  await run.report.step('Connect to the target', async (step) => {
    const client = await connect(target, { timeoutMs: CONNECT_TIMEOUT });
    await client.end();
    step.detail(describeTarget(target));
  });
  const stages = new StageSteps(run.report);
  const endpoints: Endpoints = {
    source: source.file,
    readable: source.reached.file,
    mapping: {
      ...source.mapping,
      decisions: {
        leaveBehind: options.leaveBehind ?? [],
        numericTimes: options.times ?? {},
        ...(options.assumeTimezone !== undefined && { zone: options.assumeTimezone }),
      },
    },
    connect: () => connect(target, { timeoutMs: CONNECT_TIMEOUT, applicationName: 'vatevo-transfer' }),
    ...(options.targetFreeSpace !== undefined && { targetFreeSpace: options.targetFreeSpace }),
    onProgress: stages.onProgress,
    signal: run.signal,
  };
  try {
    const result = await work({ source, target, endpoints });
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
