import {
  connect,
  describeTarget,
  type PgClient,
  type PostgresTarget,
  withConnection,
} from '@vatevo/connection';
import type { CommonOptions } from '@vatevo/shell';
import { type Endpoints, joinDecisions, type NumericTimes, ReaderThreads } from '@vatevo/transfer';
import { comesFromFunction, refusedByEventTrigger } from '@vatevo/transfer/postgres';
import type { Run } from '../preset.ts';
import { databaseFailure } from '../target/database-failure.ts';
import { refuseDistributed } from '../target/distributed.ts';
import { refuseTransactionPooler } from '../target/pooler.ts';
import { readableTarget } from '../target/replica.ts';
import { requirePostgres, type TargetOptions } from '../target/target.ts';
import { whileAlive } from '../target/while-alive.ts';
import type { Format } from './formats.ts';
import { inBrackets } from './next.ts';
import { recogniseSource, type Source } from './source.ts';
import { StageSteps } from './stage-steps.ts';

/** What says which databases a command works on, and how they belong together. */
export interface DatabaseOptions extends CommonOptions, TargetOptions {
  /** Of PostgreSQL; public when omitted. */
  readonly schema?: string;
}

export interface SourceOptions extends DatabaseOptions {
  readonly source: string;
  readonly jobs?: number;
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
  // A wrong address is said before the file is looked at.
  requirePostgres(run, options);
  const formats = await run.formats(options, run);
  const source = await run.report.step('Open the source', (step) => {
    const found = recogniseSource(run.resolvePath(options.source), formats);
    const { title } = found.format;
    step.detail(
      [
        options.source,
        ...(title === undefined ? [] : [title]),
        ...(found.readable.isCopy ? ['read from a recovered copy'] : []),
      ].join(', '),
    );
    return found;
  });
  const { targetFreeSpace, jobs } = options;
  try {
    return await withTarget(
      run,
      options,
      source.format,
      {
        source: source.file,
        readable: source.readable.file,
        mapping: withDecisions(source.format, options),
        ...(targetFreeSpace !== undefined && { targetFreeSpace }),
        ...(jobs !== undefined && { readers: jobs }),
      },
      (endpoints, target) => work({ source, target, endpoints }),
    );
  } finally {
    source.readable.release();
  }
}

/** What the format says of a source, and what the command line adds to it. */
export function withDecisions(
  { mapping }: Format,
  { leaveBehind = [], times = {}, assumeTimezone }: SourceOptions,
): Format['mapping'] {
  const said = {
    leaveBehind,
    numericTimes: times,
    ...(assumeTimezone !== undefined && { zone: assumeTimezone }),
  };
  return { ...mapping, decisions: joinDecisions(mapping.decisions ?? {}, said) };
}

/** The same for a file that need not be there yet: connects to the target and works. */
export async function withTarget<Result>(
  run: Run,
  options: DatabaseOptions,
  format: Format,
  source: Omit<Endpoints, 'connect' | 'schema' | 'threads' | 'onProgress' | 'signal'>,
  work: (endpoints: Endpoints, target: PostgresTarget) => Promise<Result>,
): Promise<Result> {
  const target = await readableTarget(run, options);
  await run.report.step('Connect to the target', async (step) => {
    const refuse = async (client: PgClient) => {
      await refuseTransactionPooler(target, client, CONNECT_TIMEOUT);
      await refuseDistributed(
        client,
        'Rows are loaded, followed and proven in snapshots that all connections share, which a cluster has not.',
        [
          'Move into tables that are not distributed, and distribute them afterwards.',
          `Bring what is distributed together first${inBrackets(run.advice.bringTogether)}.`,
        ],
      );
      const refusal = await format.refuse?.(client);
      if (refusal) throw refusal;
    };
    await withConnection(target, refuse, { timeoutMs: CONNECT_TIMEOUT });
    step.detail(describeTarget(target));
  });
  const stages = new StageSteps(run.report);
  const threads = new ReaderThreads();
  const endpoints: Endpoints = {
    ...source,
    threads,
    ...(options.schema !== undefined && { schema: options.schema }),
    connect: () => connect(target, { timeoutMs: CONNECT_TIMEOUT, applicationName: 'vatevo-transfer' }),
    onProgress: stages.onProgress,
  };
  try {
    const result = await whileAlive(target, run.signal, (signal) => work({ ...endpoints, signal }, target));
    await stages.finish();
    return result;
  } catch (error) {
    await stages.finish(error);
    throw (await eventTriggerFailure(endpoints, error)) ?? databaseFailure(error, target);
  } finally {
    await threads.close();
  }
}

/** What is said where an event trigger refused a statement that nobody tried before; undefined for other errors. */
async function eventTriggerFailure({ connect }: Endpoints, error: unknown): Promise<Error | undefined> {
  if (!comesFromFunction(error)) return undefined;
  const client = await connect().catch(() => undefined);
  try {
    return client && (await refusedByEventTrigger(client, error));
  } catch {
    // What went wrong before is what is to be said.
    return undefined;
  } finally {
    await client?.end();
  }
}
