import cliProgress from 'cli-progress';
import { formatCount, type ProgressOptions, type ProgressView } from './progress.ts';

/** A bar that moves, on a terminal. It is taken away when it stops. */
export function terminalProgress(
  { label, total, unit }: ProgressOptions,
  stream: NodeJS.WritableStream,
): ProgressView {
  const bar = new cliProgress.SingleBar({
    stream,
    barsize: 28,
    fps: 8,
    hideCursor: true,
    clearOnComplete: true,
    // A line written meanwhile takes the bar's place: draw it again below.
    forceRedraw: true,
    // The command itself handles signals, and always stops its bar.
    gracefulExit: false,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    format(options, { progress, value, total: all }, { note }: { note?: string }) {
      const counts = `${formatCount(value)} of ${formatCount(all)} ${unit}`;
      const percent = `${Math.floor(progress * 100)} %`.padStart(5);
      return `  ${[label, cliProgress.Format.BarFormat(progress, options) + percent, counts, note].filter(Boolean).join('  ')}`;
    },
  });
  bar.start(total, 0);
  return {
    update(done, note) {
      bar.update(done, note === undefined ? {} : { note });
    },
    stop() {
      bar.stop();
    },
  };
}
