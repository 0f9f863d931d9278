import type { Failure } from '../failure.ts';
import type { ProgressOptions, ProgressView } from './progress.ts';
import type { StepRecord, StepStatus, View } from './view.ts';

/** What a running step can say about itself. */
export interface Step {
  /** Sets the few words after the step's name: `3 applied`. */
  detail(text: string): void;
  /** Marks the step as not needed, with the reason. */
  skip(reason: string): void;
}

/** The one JSON object that `--json` prints. */
export interface ReportDocument {
  readonly command: string;
  readonly ok: boolean;
  readonly exitCode: number;
  readonly durationMs: number;
  readonly steps: readonly StepRecord[];
  readonly warnings: readonly string[];
  readonly error?: Pick<Failure, 'kind' | 'message' | 'remedy'>;
  /** What the command found; its shape belongs to the command. */
  readonly [result: string]: unknown;
}

/**
 * What a command tells its caller while it runs and in the end: steps with
 * their time, notes, progress and a result. The same calls make the lines on
 * a terminal and the object that `--json` prints.
 *
 * @example
 * const server = await report.step('Connect', async (step) => {
 *   const client = await connect(target, { timeoutMs });
 *   step.detail(describeTarget(target));
 *   return client;
 * });
 * report.result({ applied: [] }, ['Nothing to do.']);
 */
export class Reporter {
  readonly #view: View;
  readonly #clean: (text: string) => string;
  readonly #started = performance.now();
  readonly #steps: StepRecord[] = [];
  readonly #warnings: string[] = [];
  #result: Record<string, unknown> = {};
  #summary: readonly string[] = [];

  /** @param clean takes secrets out of every text that is shown or kept */
  constructor(view: View, clean: (text: string) => string) {
    this.#view = view;
    this.#clean = clean;
  }

  /** Runs one step and shows how it ended and how long it took. What it throws passes through. */
  async step<T>(name: string, work: (step: Step) => Promise<T> | T): Promise<T> {
    const started = performance.now();
    let detail: string | undefined;
    let status: StepStatus = 'done';
    this.#view.stepStarted(name);
    try {
      return await work({
        detail: (text) => {
          detail = this.#clean(text);
        },
        skip: (reason) => {
          status = 'skipped';
          detail = this.#clean(reason);
        },
      });
    } catch (error) {
      status = 'failed';
      throw error;
    } finally {
      const ms = Math.round(performance.now() - started);
      const record: StepRecord = { name, status, ms, ...(detail === undefined ? {} : { detail }) };
      this.#steps.push(record);
      this.#view.stepEnded(record);
    }
  }

  /** A line for people only; it is not part of `--json`. */
  note(text: string): void {
    this.#view.note(this.#clean(text));
  }

  /** Something the operator should look at although the command goes on. */
  warn(text: string): void {
    const clean = this.#clean(text);
    this.#warnings.push(clean);
    this.#view.warning(clean);
  }

  /** Rows of cells in columns, for people only. */
  table(rows: readonly (readonly string[])[]): void {
    this.#view.table(rows.map((row) => row.map(this.#clean)));
  }

  /** A page that is drawn again and again on a terminal; elsewhere a line each time. For people only. */
  screen(page: readonly string[], line: string): void {
    this.#view.screen(page.map(this.#clean), this.#clean(line));
  }

  /** A progress display: a bar on a terminal, a line now and then elsewhere. Call `stop()` in a `finally`. */
  progress(options: ProgressOptions): ProgressView {
    return this.#view.progress(options);
  }

  /**
   * What came of it. Called again, the data is merged and the summary replaced.
   *
   * @param data fields of the `--json` object
   * @param summary the last lines for people; the time is added to the first
   */
  result(data: Record<string, unknown>, summary: readonly string[]): void {
    this.#result = { ...this.#result, ...data };
    this.#summary = summary.map(this.#clean);
  }

  /** Ends the report: shows the summary, and gives the whole of it for `--json`. */
  finish(command: string, exitCode: number, failure?: Failure): ReportDocument {
    const durationMs = Math.round(performance.now() - this.#started);
    if (this.#summary.length > 0) this.#view.summary(this.#summary, durationMs);
    const document: ReportDocument = {
      command,
      ok: exitCode === 0,
      exitCode,
      durationMs,
      steps: this.#steps,
      warnings: this.#warnings,
      ...(this.#cleanDeep(this.#result) as Record<string, unknown>),
      ...(failure && {
        error: { kind: failure.kind, message: failure.message, remedy: failure.remedy },
      }),
    };
    return document;
  }

  #cleanDeep(value: unknown): unknown {
    if (typeof value === 'string') return this.#clean(value);
    if (typeof value === 'bigint') return value.toString();
    if (Array.isArray(value)) return value.map((item) => this.#cleanDeep(item));
    if (value instanceof Date) return value.toISOString();
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#cleanDeep(item)]));
  }
}
