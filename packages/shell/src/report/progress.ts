/** What a progress bar counts. */
export interface ProgressOptions {
  readonly label: string;
  /** How many units make the whole; 0 when there is nothing to do. */
  readonly total: number;
  /** What is counted: `rows`, `MB`. */
  readonly unit: string;
}

/** A progress display in a view. `done` counts from the start, it is not a difference. */
export interface ProgressView {
  /** @param note appended to the numbers, for example a speed */
  update(done: number, note?: string): void;
  /** Takes the display away. The step's own line says what came of it. */
  stop(): void;
}

/** Whole numbers with thousands apart, so that 1500000 rows can be read: `1 500 000`. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}
