/** Bytes of values that are wanted at once. */
const BYTES = 4 << 20;
const MAX_ROWS = 2_000;
/** Rows that nothing is known of, and how many times as many may come after some. */
const FIRST = 100;
const GROWTH = 4;

/** How many rows of a table are asked for at once: as many as hold a few MB, by the size of those that came before. */
export class Portion {
  rows = FIRST;

  /** Told of rows, as they were printed. */
  came(rows: readonly (readonly (string | null)[])[]): void {
    if (rows.length === 0) return;
    let bytes = 0;
    for (const row of rows) for (const value of row) bytes += value?.length ?? 0;
    const fit = Math.floor((BYTES * rows.length) / Math.max(bytes, 1));
    this.rows = Math.max(1, Math.min(fit, rows.length * GROWTH, MAX_ROWS));
  }
}
