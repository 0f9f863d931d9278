/** Whether the database holds what the API is to serve. */
export type Readiness =
  | { readonly ready: true }
  | { readonly ready: false; readonly reason: NotReadyReason; readonly message: string };

export type NotReadyReason = 'not prepared' | 'transfer unfinished' | 'transfer state unreadable';

/** Looks into the database; throws what the database throws. */
export type ReadinessProbe = () => Promise<Readiness>;

/**
 * Remembers the last finding for a few seconds, so that a request costs no
 * query of its own, and asks once however many are waiting.
 */
export class ReadinessGate {
  readonly #probe: ReadinessProbe;
  readonly #maxAgeMs: number;
  #last: { readonly found: Readiness; readonly at: number } | undefined;
  #asking: Promise<Readiness> | undefined;

  constructor(probe: ReadinessProbe, { maxAgeMs = 3000 }: { maxAgeMs?: number } = {}) {
    this.#probe = probe;
    this.#maxAgeMs = maxAgeMs;
  }

  /** The last finding, however old; undefined before the first. */
  get lastFound(): Readiness | undefined {
    return this.#last?.found;
  }

  /** A finding of the last few seconds. */
  check(): Promise<Readiness> {
    if (this.#last && performance.now() - this.#last.at < this.#maxAgeMs)
      return Promise.resolve(this.#last.found);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<Readiness> {
    const found = await this.#probe();
    this.#last = { found, at: performance.now() };
    return found;
  }
}
