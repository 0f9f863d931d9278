import { readOr, withChildren } from '../processes.ts';
import { processorMs } from '../processor-time.ts';

const SAMPLE_EVERY_MS = 50;
const BYTES_A_KIB = 1024;

/** What a process and all its children took; undefined where there is no /proc. */
export interface Taken {
  /** The sum of every process's own peak. */
  readonly peakBytes: number | undefined;
  readonly processorSeconds: number | undefined;
}

/**
 * Watches the memory and the processor time of a process and all its children while they live. The kernel keeps each one's peak
 * (VmHWM), so samples only have to catch a process once before it ends; what a process gains in its last
 * milliseconds can be missed, and so can the processor time of the last sample's interval.
 */
export class ProcessWatch {
  readonly #root: number;
  readonly #peaks = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;
  #processorMs = 0;

  constructor(pid: number) {
    this.#root = pid;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS);
    this.#sample();
  }

  stop(): Taken {
    clearInterval(this.#timer);
    if (this.#peaks.size === 0) return { peakBytes: undefined, processorSeconds: undefined };
    return {
      peakBytes: [...this.#peaks.values()].reduce((sum, peak) => sum + peak, 0),
      processorSeconds: this.#processorMs / 1000,
    };
  }

  #sample(): void {
    this.#processorMs = Math.max(this.#processorMs, processorMs(this.#root));
    for (const pid of withChildren(this.#root)) {
      const peak = /^VmHWM:\s+(\d+) kB/m.exec(readOr(`/proc/${pid}/status`))?.[1];
      if (peak !== undefined) this.#peaks.set(pid, Number(peak) * BYTES_A_KIB);
    }
  }
}
