import type { ProgressOptions, ProgressView } from './progress.ts';

/** How a step ended. */
export type StepStatus = 'done' | 'skipped' | 'failed';

/** A finished step, as it stands in the report. */
export interface StepRecord {
  readonly name: string;
  readonly status: StepStatus;
  readonly ms: number;
  /** What the step found or did, in a few words. */
  readonly detail?: string;
}

/**
 * Where a report is shown while it grows: a terminal, a log, or nowhere (with
 * `--json` the report is printed once, at the end). Views only show; what is
 * kept is the Reporter's affair.
 */
export interface View {
  stepStarted(name: string): void;
  stepEnded(step: StepRecord): void;
  /** A line that belongs to the running step, or stands alone. */
  note(text: string): void;
  warning(text: string): void;
  table(rows: readonly (readonly string[])[]): void;
  /** A page that takes the place of the one before it; where that cannot be, the one line that sums it up. */
  screen(page: readonly string[], line: string): void;
  progress(options: ProgressOptions): ProgressView;
  summary(lines: readonly string[], ms: number): void;
}
