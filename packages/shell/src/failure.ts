import { ExitCode } from './exit-codes.ts';

/**
 * An expected failure of an ops command: what went wrong in one sentence, the
 * exit code it deserves, and the lines an operator can act on.
 *
 * @example
 * throw new OpsError(ExitCode.notReady, 'The role "app" may not create tables in schema "public".', {
 *   remedy: ['GRANT CREATE ON SCHEMA public TO "app";'],
 * });
 */
export class OpsError extends Error {
  override readonly name = 'OpsError';
  readonly exitCode: ExitCode;
  /** Lines to act on: a command to run, SQL for an administrator. */
  readonly remedy: readonly string[];

  constructor(
    exitCode: ExitCode,
    message: string,
    options: { remedy?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = exitCode;
    this.remedy = options.remedy ?? [];
  }
}

/** A failure as it is shown: free of secrets, ready to print. */
export interface Failure {
  /** An ExitCode, or 128 + the number of the signal that ended the run. */
  readonly exitCode: number;
  /** The kind of error, for machines: the class's name, with its reason where it has one. */
  readonly kind: string;
  readonly message: string;
  readonly remedy: readonly string[];
  /** Only with VATEVO_DEBUG: where it was thrown. */
  readonly stack?: string;
}

/**
 * Errors of the packages, told apart by name: several of them live in modules
 * that are loaded only by the command that needs them (the schema engine is
 * megabytes of WASM), so `instanceof` would load them for everyone.
 */
const exitCodeOf: Readonly<Record<string, ExitCode>> = {
  ConfigurationError: ExitCode.usage,
  ConnectionError: ExitCode.cannotConnect,
  PoolTimeoutError: ExitCode.cannotConnect,
  MigrationError: ExitCode.notReady,
  SchemaEngineError: ExitCode.notReady,
};

/** Another run is applying migrations to the database: nothing is wrong with these. */
function isBusy(error: Error): boolean {
  return error.name === 'MigrationError' && (error as { kind?: unknown }).kind === 'busy';
}

/**
 * Turns whatever was thrown into what the operator sees and the exit code.
 *
 * An error that nothing here foresaw keeps its own message and exits 1; its
 * stack is shown only when VATEVO_DEBUG is set.
 *
 * @param clean takes secrets out of text
 * @param debug whether to show stacks
 * @param advice what the program recommends
 */
export function explain(
  error: unknown,
  clean: (text: string) => string,
  debug: boolean,
  advice: { readonly prepare?: string | undefined } = {},
): Failure {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const stack = debug ? { stack: clean(thrown.stack ?? '') } : {};
  if (thrown instanceof OpsError) {
    return {
      exitCode: thrown.exitCode,
      kind: kindOf(thrown.cause instanceof Error ? thrown.cause : thrown),
      message: clean(thrown.message),
      remedy: thrown.remedy.map(clean),
      ...stack,
    };
  }
  if ((thrown as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') {
    return {
      exitCode: ExitCode.usage,
      kind: kindOf(thrown),
      message: 'A package that this command needs is not installed or not built yet.',
      remedy: ['Run "pnpm install" and "pnpm build" in the repository, then try again.'],
      ...stack,
    };
  }
  const message = clean(thrown.message.trim() || thrown.name);
  const exitCode = isBusy(thrown) ? ExitCode.locked : exitCodeOf[thrown.name];
  if (exitCode !== undefined) {
    return { exitCode, kind: kindOf(thrown), message, remedy: remedyOf(thrown, advice), ...stack };
  }
  return {
    exitCode: ExitCode.unexpected,
    kind: kindOf(thrown),
    message: `Unexpected error: ${message}`,
    remedy: debug ? [] : ['Set VATEVO_DEBUG=1 and run the command again to see where it came from.'],
    ...stack,
  };
}

function remedyOf(error: Error, { prepare }: { readonly prepare?: string | undefined }): string[] {
  const missing = (error as { reason?: unknown }).reason === 'missing-database';
  return missing && prepare !== undefined ? [`Run ${prepare}, which creates it.`] : [];
}

/** The failure as lines for people: one sentence, then what to do. */
export function failureLines({ message, remedy, stack }: Failure): string {
  return [`error: ${message}`, ...remedy.map((line) => `  ${line}`), ...(stack ? [stack] : [])]
    .map((line) => `${line}\n`)
    .join('');
}

/** `ConnectionError/timeout`, `MigrationError/failed`, `TypeError`, `error/42501` (PostgreSQL's SQLSTATE). */
function kindOf(error: Error): string {
  const { reason, kind, code } = error as { reason?: unknown; kind?: unknown; code?: unknown };
  const detail = [reason, kind, code].find((value) => typeof value === 'string');
  return detail === undefined ? error.name : `${error.name}/${detail}`;
}
