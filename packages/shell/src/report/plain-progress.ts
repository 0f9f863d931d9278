import { formatCount, type ProgressOptions, type ProgressView } from './progress.ts';

/** Not more than one line in this many milliseconds: a log is no place for a moving bar. */
const LINE_EVERY_MS = 5000;

/** Progress for logs and pipes: a line now and then. */
export function plainProgress(
  { label, total, unit }: ProgressOptions,
  write: (line: string) => void,
): ProgressView {
  let last = Date.now();
  return {
    update(done, note) {
      if (Date.now() - last < LINE_EVERY_MS) return;
      last = Date.now();
      const percent = total > 0 ? ` (${Math.floor((done / total) * 100)} %)` : '';
      const extra = note ? `, ${note}` : '';
      write(`${label}: ${formatCount(done)} of ${formatCount(total)} ${unit}${percent}${extra}`);
    },
    stop() {},
  };
}
