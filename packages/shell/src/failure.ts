import { ExitCode, exitCodeOf } from './exit-codes.ts';

/**
 * An expected failure of a command: what went wrong in one sentence, the exit code it deserves, and the lines an
 * operator can act on.
 *
 * @example
 * throw new CommandError(ExitCode.notReady, 'The role "app" may not create tables in schema "public".', {
 *   remedy: ['GRANT CREATE ON SCHEMA public TO "app";'],
 * });
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
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

/** What a program says of an error beside its own sentence: what to run next, as it is typed there. */
export type Say = (error: Error) => { readonly message?: string; readonly remedy?: readonly string[] };

const NOT_BUILT = {
  message: 'A package that the command needs is not installed or not built yet.',
  remedy: ['Run "pnpm install" and "pnpm build" in the repository, then try again.'],
};

/** Sentences of errors that are no ordinary ends, by their exit codes. */
const SURPRISES: Readonly<Partial<Record<ExitCode, { readonly of: string; readonly remedy: string }>>> = {
  [ExitCode.unexpected]: {
    of: 'Unexpected error',
    remedy: 'Set VATEVO_DEBUG=1 and run the command again to see where it came from.',
  },
  [ExitCode.ourFault]: {
    of: 'This program is at fault',
    remedy: 'Set VATEVO_DEBUG=1, run the command again, and report what it says.',
  },
};

/**
 * Turns whatever was thrown into what the operator sees and the exit code. The stack is shown only when VATEVO_DEBUG is
 * set.
 *
 * @param clean takes secrets out of text
 * @param debug whether to show stacks
 */
export function explain(
  error: unknown,
  clean: (text: string) => string,
  debug: boolean,
  say: Say = () => ({}),
): Failure {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const { exitCode, message, remedy } = classify(thrown, debug, say);
  return {
    exitCode,
    kind: kindOf(thrown instanceof CommandError && thrown.cause instanceof Error ? thrown.cause : thrown),
    message: clean(message),
    remedy: remedy.map(clean),
    ...(debug && { stack: clean(thrown.stack ?? '') }),
  };
}

function classify(
  thrown: Error,
  debug: boolean,
  say: Say,
): Pick<Failure, 'message' | 'remedy'> & { exitCode: ExitCode } {
  if (thrown instanceof CommandError) return thrown;
  if ((thrown as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND') {
    return { exitCode: ExitCode.usage, ...NOT_BUILT };
  }
  const exitCode = exitCodeOf(thrown);
  const message = thrown.message.trim() || thrown.name;
  const surprise = SURPRISES[exitCode];
  if (surprise) {
    return { exitCode, message: `${surprise.of}: ${message}`, remedy: debug ? [] : [surprise.remedy] };
  }
  const { remedy = [] } = thrown as { readonly remedy?: readonly string[] };
  return { exitCode, message, remedy, ...say(thrown) };
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
