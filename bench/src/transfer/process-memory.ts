import { readOr, withChildren } from '../processes.ts';

const SAMPLE_EVERY_MS = 50;
const BYTES_A_KIB = 1024;

/**
 * Watches the memory of a process and all its children while they live. The kernel keeps each one's peak
 * (VmHWM), so samples only have to catch a process once before it ends; what a process gains in its last
 * milliseconds can be missed.
 */
export class MemoryWatch {
  readonly #root: number;
  readonly #peaks = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#root = pid;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS);
    this.#sample();
  }

  /** @returns bytes: the sum of every process's own peak; undefined where there is no /proc */
  stop(): number | undefined {
    clearInterval(this.#timer);
    if (this.#peaks.size === 0) return undefined;
    return [...this.#peaks.values()].reduce((sum, peak) => sum + peak, 0);
  }

  #sample(): void {
    for (const pid of withChildren(this.#root)) {
      const peak = /^VmHWM:\s+(\d+) kB/m.exec(readOr(`/proc/${pid}/status`))?.[1];
      if (peak !== undefined) this.#peaks.set(pid, Number(peak) * BYTES_A_KIB);
    }
  }
}
