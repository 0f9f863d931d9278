import picocolors from 'picocolors';
import { ExitCode } from './exit-codes.ts';
import { explain, type Failure, failureLines, type Say } from './failure.ts';
import { refuseFewOpenFiles } from './open-files.ts';
import { resolveUserPath } from './paths.ts';
import { Redactor } from './redaction.ts';
import { HumanView, type Output } from './report/human-view.ts';
import { Reporter } from './report/reporter.ts';
import { silentView } from './report/silent-view.ts';
import { Interrupted, interruptible } from './signals.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** What a running command gets from the shell around it, beside what its program presets. */
export type Run<Preset = object> = Preset & {
  readonly env: Env;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. Pass it on, or call `throwIfAborted()` between steps. */
  readonly signal: AbortSignal;
  readonly report: Reporter;
  /**
   * Makes a secret known: from now on no output, error or report shows it.
   *
   * @param plain text that has to stay readable even if the secret is part of it
   */
  protect(secret: string | undefined, plain?: string): void;
  /** Resolves a path that the user gave against the folder the user is in. */
  resolvePath(path: string): string;
};

/** Options every command has. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** A command's work. Throw an CommandError for an expected failure; return a code only for a result that is no error. */
export type CommandWork<Options extends CommonOptions, Preset> = (
  options: Options,
  run: Run<Preset>,
) => Promise<number | undefined>;

/** Where a program writes: a process, or whoever calls it. */
export interface Outputs {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** What a command shares with the program: the environment, and what became of it. */
export class Shell<Preset extends object = object> {
  readonly env: Env;
  readonly preset: Preset;
  readonly outputs: Outputs;
  readonly #say: Say | undefined;
  readonly redactor = new Redactor();
  /** The exit code of the command that ran. */
  exitCode: number = ExitCode.done;

  constructor(env: Env, { preset, say }: { readonly preset: Preset; readonly say?: Say }, outputs: Outputs) {
    this.env = env;
    this.preset = preset;
    this.outputs = outputs;
    this.#say = say;
  }

  /**
   * Wraps a command's work for commander: opens the report, listens for
   * signals, turns errors into a sentence on stderr and an exit code.
   *
   * @example
   * program.command('verify').option('--json').action(shell.action('verify', async (options, run) => { … }));
   */
  action<Options extends CommonOptions>(name: string, work: CommandWork<Options, Preset>) {
    return async (options: Options): Promise<void> => {
      const json = options.json === true;
      const { stdout } = this.outputs;
      const colors = picocolors.createColors(useColors(this.env, stdout));
      const view = json ? silentView : new HumanView(stdout, colors);
      const report = new Reporter(view, this.redactor.clean);
      const { signal, release } = interruptible();
      let failure: Failure | undefined;
      try {
        refuseFewOpenFiles();
        this.exitCode = (await work(options, this.#run(signal, report))) ?? ExitCode.done;
      } catch (error) {
        failure = this.fail(signal.aborted ? signal.reason : error);
      } finally {
        release();
      }
      const document = report.finish(name, this.exitCode, failure);
      if (json) stdout.write(`${JSON.stringify(document)}\n`);
    };
  }

  /** Says on stderr what went wrong and keeps the exit code. */
  fail(error: unknown): Failure {
    const failure =
      error instanceof Interrupted
        ? { exitCode: error.exitCode, kind: error.name, message: error.message, remedy: [] }
        : explain(error, this.redactor.clean, Boolean(this.env.VATEVO_DEBUG), this.#say);
    this.exitCode = failure.exitCode;
    this.outputs.stderr.write(failureLines(failure));
    return failure;
  }

  #run(signal: AbortSignal, report: Reporter): Run<Preset> {
    return {
      ...this.preset,
      env: this.env,
      signal,
      report,
      protect: (secret, plain) => this.redactor.add(secret, plain),
      resolvePath: (path) => resolveUserPath(path, this.env),
    };
  }
}

/** https://no-color.org, and none for a pipe or a file. FORCE_COLOR overrules the latter. */
function useColors(env: Env, { isTTY }: Output): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTTY === true && env.TERM !== 'dumb';
}
