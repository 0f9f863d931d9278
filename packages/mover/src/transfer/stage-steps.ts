import { formatBytes, formatCount, formatDuration, type ProgressView, type Reporter } from '@vatevo/shell';
import type { Progress, StageName } from '@vatevo/transfer';

const STAGES: Readonly<
  Record<StageName, { readonly title: string; readonly label: string; readonly unit: string }>
> = {
  inspect: { title: 'Inspect the source', label: 'inspect', unit: 'rows' },
  copy: { title: 'Copy', label: 'copy', unit: 'rows' },
  finalize: { title: 'Restore indexes, keys and sequences', label: 'finalize', unit: 'steps' },
  verify: { title: 'Verify', label: 'verify', unit: 'rows' },
};

/** Shows the engine's stages as steps of the report, each with its bar while it runs. */
export class StageSteps {
  readonly #report: Reporter;
  #current: RunningStage | undefined;

  constructor(report: Reporter) {
    this.#report = report;
  }

  /** Bound, so that it can be handed over as a callback. */
  readonly onProgress = (progress: Progress): void => {
    if (this.#current?.stage !== progress.stage) {
      this.#current?.end();
      this.#current = new RunningStage(this.#report, progress);
    }
    this.#current.update(progress);
  };

  /** Ends the last stage, as failed when an error is given; resolves when its line is written. */
  async finish(error?: unknown): Promise<void> {
    this.#current?.end(error);
    await this.#current?.ended;
    this.#current = undefined;
  }
}

class RunningStage {
  readonly stage: StageName;
  readonly ended: Promise<void>;
  readonly #bar: ProgressView;
  readonly #started = performance.now();
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  readonly #first: Progress;
  #last: Progress;

  constructor(report: Reporter, progress: Progress) {
    const { title, label, unit } = STAGES[progress.stage];
    this.stage = progress.stage;
    this.#first = this.#last = progress;
    // The step is what the promise waits for: the engine, not this class, decides when a stage ends.
    this.ended = report
      .step(title, async (step) => {
        await new Promise<void>((resolve, reject) => {
          this.#settle = { resolve, reject };
        });
        step.detail([`${formatCount(this.#last.rows)} ${unit}`, ...this.#rate()].join(', '));
      })
      .catch(() => undefined);
    this.#bar = report.progress({ label, total: progress.totalRows, unit });
  }

  update(progress: Progress): void {
    this.#last = progress;
    this.#bar.update(progress.rows, [...this.#rate(), ...this.#left()].join(', ') || undefined);
  }

  end(error?: unknown): void {
    this.#bar.stop();
    if (error === undefined) this.#settle?.resolve();
    else this.#settle?.reject(error);
  }

  #rate(): string[] {
    if (this.#last.bytes === 0) return [];
    const seconds = (performance.now() - this.#started) / 1000;
    // What was there when the stage began is no work of its own.
    const bytes = this.#last.bytes - this.#first.bytes;
    return [formatBytes(this.#last.bytes), `${formatBytes(bytes / Math.max(seconds, 0.001))}/s`];
  }

  #left(): string[] {
    const { rows, totalRows } = this.#last;
    const done = rows - this.#first.rows;
    if (done <= 0 || rows >= totalRows) return [];
    const ms = ((performance.now() - this.#started) / done) * (totalRows - rows);
    return [`${formatDuration(ms)} left`];
  }
}
