import type { WriteStream } from 'node:tty';
import type { Colors } from 'picocolors/types.js';
import { formatDuration } from './duration.ts';
import { plainProgress } from './plain-progress.ts';
import type { ProgressOptions, ProgressView } from './progress.ts';
import { terminalProgress } from './terminal-progress.ts';
import type { StepRecord, View } from './view.ts';

/** What the human view needs of an output: a pipe, a file or a terminal. */
export type Output = NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

const CLEAR_LINE = '\r\x1b[K';
/** To the first column of the first line, and clear from there. */
const CLEAR_SCREEN = '\x1b[H\x1b[J';

/**
 * Lines for people: one per step with its time, `✓` or `✗` first. On a
 * terminal the running step is shown while it runs and bars move; elsewhere
 * every line is written once and for all.
 */
export class HumanView implements View {
  readonly #out: Output;
  readonly #colors: Colors;
  /** The text of the line that is on the terminal now and will be overwritten. */
  #pending: string | undefined;
  /** How many bars are on the terminal: they redraw themselves below a line that is written over them. */
  #bars = 0;

  constructor(out: Output, colors: Colors) {
    this.#out = out;
    this.#colors = colors;
  }

  stepStarted(name: string): void {
    if (!this.#out.isTTY) return;
    this.#clearPending();
    this.#pending = this.#colors.dim(`… ${name}`);
    this.#out.write(this.#pending);
  }

  stepEnded({ name, status, ms, detail }: StepRecord): void {
    const mark = {
      done: this.#colors.green('✓'),
      skipped: this.#colors.dim('–'),
      failed: this.#colors.red('✗'),
    }[status];
    const text = detail ? `${name}: ${detail}` : name;
    this.#line(`${mark} ${text} ${this.#colors.dim(`(${formatDuration(ms)})`)}`, { keepPending: false });
  }

  note(text: string): void {
    this.#line(this.#colors.dim(`  ${text}`));
  }

  warning(text: string): void {
    this.#line(`${this.#colors.yellow('!')} ${text}`);
  }

  table(rows: readonly (readonly string[])[]): void {
    const widths: number[] = [];
    for (const row of rows) {
      for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
    for (const row of rows) {
      this.#line(`  ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd());
    }
  }

  screen(page: readonly string[], line: string): void {
    if (!this.#out.isTTY) {
      this.#line(line);
      return;
    }
    // Longer lines would wrap, and push the first ones out of sight.
    const width = this.#out.columns || 80;
    const text = page.map((each) => `${each.slice(0, width)}\n`).join('');
    this.#out.write(`${CLEAR_SCREEN}${text}`);
  }

  progress(options: ProgressOptions): ProgressView {
    if (!this.#out.isTTY) return plainProgress(options, (line) => this.note(line));
    this.#clearPending();
    const bar = terminalProgress(options, this.#out);
    this.#bars += 1;
    return {
      update: bar.update,
      stop: () => {
        bar.stop();
        this.#bars -= 1;
      },
    };
  }

  summary(lines: readonly string[], ms: number): void {
    const [first = 'Done.', ...rest] = lines;
    this.#line(`${this.#colors.bold(first)} ${this.#colors.dim(`(${formatDuration(ms)})`)}`);
    for (const line of rest) this.#line(line);
  }

  #line(text: string, { keepPending = true } = {}): void {
    const pending = this.#pending;
    this.#clearPending();
    if (this.#bars > 0) this.#out.write(CLEAR_LINE);
    this.#out.write(`${text}\n`);
    if (!keepPending || pending === undefined) return;
    this.#pending = pending;
    this.#out.write(pending);
  }

  #clearPending(): void {
    if (this.#pending === undefined) return;
    this.#pending = undefined;
    this.#out.write(CLEAR_LINE);
  }
}
